"""Every command: where it is, and what the list of commands says about it."""

from typing import Final

#: In the order of the list. What it says is the first paragraph of the command's own help.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": (
        "gateway.cli.demo:demo",
        "Show it: simulated homes, alarms that arrive, a night console to accept them on. Ctrl-C stops all of it.",
    ),
    "up": ("gateway.cli.up:up", "Run everything on this machine: broker, gateway, alarm desk, console."),
    "gateway": (
        "gateway.cli.roles:gateway",
        "Run the intake alone: from the broker to the database. A second one waits until the first is gone.",
    ),
    "desk": ("gateway.cli.roles:desk", "Run the alarm desk alone: escalation and pages. Several may run."),
    "api": ("gateway.cli.roles:api", "Run the API and the console alone. Several may run."),
    "migrate": ("gateway.cli.roles:migrate", "Bring the database to the schema of this version."),
    "replay": (
        "gateway.cli.replay:replay",
        "Run recorded observations through the rules and print the findings. Nothing is written to the database.",
    ),
    "explain": (
        "gateway.cli.explain:explain",
        "Explain an alarm: what happened, who was told when, on what and with what result, and what comes next.",
    ),
    "coverage": (
        "gateway.cli.coverage:coverage",
        "Look for nights without anybody on duty, people whom too few channels reach, and skills that nobody has.",
    ),
    "reviews": (
        "gateway.cli.reviews:reviews",
        (
            "List settings in force whose review date has come, the longest overdue first. "
            "Exits with 2 when any is overdue."
        ),
    ),
    "hub": (
        "devices.hub.cli:hub",
        "Run the home hub: Bluetooth devices of one home to the gateway, also when the network is away for weeks.",
    ),
    "import": (
        "gateway.cli.municipality:import_municipality",
        "Bring areas, teams, responders, rotations, homes, residents, devices and limits into the database.",
    ),
    "follow-up": (
        "gateway.cli.follow_up:follow_up",
        (
            "Show how the alarms of a month were answered: within 60 s and 180 s, "
            "on site within 45 and 60 min, false ones."
        ),
    ),
    "device": ("gateway.cli.devices:app", "List, adopt, label, inspect and decommission devices."),
    "account": ("gateway.cli.people:account", "Create accounts, and links with which their owners set a password."),
    "token": ("gateway.cli.people:token", "Create and revoke API tokens."),
    "audit": ("gateway.cli.audit:audit", "Verify the audit, export it, and erase from it what the law says must go."),
    "contact": ("gateway.cli.contacts:contact", "How responders are reached, and proof that it works."),
    "home-assistant": (
        "gateway.cli.home_assistant:app",
        (
            "Show homes that have said yes in a Home Assistant of their own. "
            "Nothing is shown without HEMVAKT_HOME_ASSISTANT=true."
        ),
    ),
}
