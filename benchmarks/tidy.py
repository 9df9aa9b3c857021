"""Taking away what a measurement has added, so that a site keeps its size."""

from benchmarks.floor.store import Store
from benchmarks.servers import Site

_JOBS = "django_tasks_database_dbtaskresult"
_UNREVOKE = """
    UPDATE rosette_assertion SET revoked_at = NULL, revocation_reason = '', updated_at = created_at
    WHERE entity_id {among} AND revoked_at IS NOT NULL
"""


def put_back(site: Site, *, thoroughly: bool = False) -> None:
    """
    Take away what was added since the filling, and give back what was revoked.

    ``thoroughly``: out of PostgreSQL's indexes, too, of which little pieces are left otherwise.
    """
    store = Store(site.url)
    store.run(f"DELETE FROM {_JOBS} WHERE task_path = %s", ["rosette.tasks.send_notices"])
    for table, number in site.last.items():
        store.run(f"DELETE FROM {table} WHERE id > %s", [number])
    among = "= ANY(%s)" if store.is_postgresql else "IN (SELECT value FROM json_each(%s))"
    revocable = site.targets["rosette"].revocable
    store.run(_UNREVOKE.format(among=among), [store.listed(revocable)])
    if store.is_postgresql:
        how = "VACUUM (INDEX_CLEANUP ON)" if thoroughly else "VACUUM"
        for table in (*site.last, _JOBS):
            store.run(f"{how} {table}")
    store.close()
