"""Tables in databases: what a study's config says about them, and whether they can be read."""

from twoarm.config.sources import TABLES, name_of
from twoarm.raw.database import checksum, is_database, read_database, url_errors


def database_errors(config: dict) -> list[str]:
    """Errors in the addresses of databases; none is opened yet."""
    sources = {table: config["data"].get(table) for table in TABLES}
    return [
        f"data.{table}.{'url' if 'url' in source else 'url_from'}: {error}"
        for table, source in sources.items()
        if is_database(source)
        for error in url_errors(source)
    ]


def content_of(source: dict) -> tuple[str, list[str]]:
    """The checksum of a database's table, and why it cannot be read. source: a table of the config's `data`."""
    found, error = read_database(source)
    return ("", [f"{name_of(source)}: {error}"]) if error else (checksum(found), [])
