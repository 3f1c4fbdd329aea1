"""The root of all errors that Hemvakt raises on purpose."""


class HemvaktError(Exception):
    """Something went wrong in Hemvakt."""

    def __init__(self, detail: str = "") -> None:
        """Say the docstring of the class, and the detail of this case when there is one."""
        sentence = (type(self).__doc__ or "").strip()
        super().__init__(f"{sentence} {detail}".strip())
        self.detail = detail
