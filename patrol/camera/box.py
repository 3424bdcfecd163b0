"""Boxes around things seen in a picture, and where their tracks went."""

from dataclasses import dataclass

from patrol.model.camera import ObjectClass


@dataclass(frozen=True, slots=True)
class Box:
    """One thing seen in one picture, in pixels, y down.

    ``score`` is how sure the detector is, 0..1; motion gives 1 for a blob of its own and less for
    one cut out of a crowd.
    """

    left: float
    top: float
    width: float
    height: float
    object_class: ObjectClass = ObjectClass.OBJECT
    score: float = 1.0
    look: tuple[float, ...] = ()
    """Mean gray level of head, chest, hips and legs, where known: it tells two walkers apart for
    the moment in which they pass each other, and never leaves the worker."""

    @property
    def foot_x(self) -> float:
        """Middle of the lower edge: where the thing stands."""
        return self.left + self.width / 2

    @property
    def foot_y(self) -> float:
        """Lower edge."""
        return self.top + self.height

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    def overlap_share(self, other: "Box") -> float:
        """Intersection over union with another box, 0..1."""
        shared = self.shared_area(other)
        return shared / (self.area + other.area - shared) if shared else 0.0

    def shared_area(self, other: "Box") -> float:
        """Square pixels that both boxes cover."""
        width = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        height = min(self.foot_y, other.foot_y) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """Where a track stood at one frame: all that the rules ever see of it.

    ``seen`` is false where the place was filled in between two sightings or just after the last.
    Track numbers mean something only inside one feed's worker and never leave it.
    """

    track: int
    frame: int
    t_s: float
    x: float
    y: float
    object_class: ObjectClass
    seen: bool = True
    width: float = 0.0
    height: float = 0.0

    @property
    def size(self) -> float:
        """The longer side, pixels."""
        return max(self.width, self.height)
