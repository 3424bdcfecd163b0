"""The people in every test; each stands for one role, and Sun for having none."""

from dataclasses import dataclass

from patrol.model.access import Role


@dataclass(frozen=True, slots=True)
class Persona:
    """One person of the tests; ``role`` is ``None`` for somebody who may see nothing."""

    name: str
    role: Role | None
    password: str
    unit_id: str | None = None


DING = Persona("ding", Role.DISPATCHER, "tea-in-the-morning-7")
OU = Persona("ou", Role.OFFICER, "rain-on-the-square-3", unit_id="F01")
PING = Persona("ping", Role.PLANNER, "where-to-walk-next-5")
SU = Persona("su", Role.SUPERVISOR, "did-we-do-our-part-9")
ADA = Persona("ada", Role.ADMIN, "keys-of-the-house-11")
SUN = Persona("sun", None, "just-passing-by-13")

EVERYBODY = (DING, OU, PING, SU, ADA, SUN)
