// Changes of duty.

import { startEntering } from "./entering.js";

startEntering("duty");
