"""Make the sample register of the staff of health stations: invented, nobody's data. `generate.py` calls it.

One row is a person, and a station spans as many rows as it has staff. Nobody has a name: a register needs codes alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

SEED = 7
HEADER = [
    *("Kỳ báo cáo", "Mã trung tâm", "Trung tâm y tế", "Mã trạm", "Trạm y tế", "Mã nhân viên", "Chức danh"),
    *("Hình thức", "Đạt chuẩn chức danh", "Bồi dưỡng trong năm", "Số giờ theo kế hoạch", "Số giờ đã học"),
    "Chứng chỉ tiêm chủng",
]


class Centre(NamedTuple):
    """A health centre, how many stations it has, and what its figures shall show, in per cent."""

    code: str
    name: str
    stations: int
    trained: int
    without_doctor: int


CENTRES = (
    Centre("A", "Bắc Sông", 52, 86, 2),
    Centre("B", "Nam Sông", 47, 84, 6),
    Centre("C", "Đồng Bằng", 61, 83, 4),
    Centre("D", "Gò Đồi", 38, 79, 10),
    Centre("E", "Ven Biển", 44, 85, 5),
    Centre("F", "Thượng Nguồn", 29, 71, 31),  # the mountains: few doctors, long ways to every course
)
OTHERS = ("Y sĩ", "Điều dưỡng", "Điều dưỡng", "Hộ sinh", "Dược sĩ")


class Register:
    """Draws persons; of `random` only `random()` is used, whose sequence Python guarantees."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._staff = 10_000

    def below(self, end: int) -> int:
        return int(self._random.random() * end)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def rows(self, centre: Centre) -> Iterator[list[str]]:
        """Everybody of a centre, station by station."""
        for number in range(1, centre.stations + 1):
            station = f"{centre.code}{number:02}"
            place = ["2025", centre.code, f"TTYT {centre.name}", station, f"Trạm Y tế xã {centre.name} {number}"]
            doctors = not self.chance(centre.without_doctor)
            for person in range(5 + self.below(6)):
                profession = "Bác sĩ" if person == 0 and doctors else OTHERS[self.below(len(OTHERS))]
                yield [*place, *self._person(profession, centre.trained)]

    def _person(self, profession: str, trained: int) -> list[str]:
        self._staff += 1 + self.below(3)
        permanent = self.chance(85)
        planned = 24 if permanent else 16
        done = self.chance(trained)
        hours = planned + 4 * self.below(5) if done else 4 * self.below(3)
        return [
            f"NV{self._staff}",
            profession,
            "Biên chế" if permanent else "Hợp đồng",
            ("Đạt" if self.chance(96) else "Chưa đạt") if permanent else "",
            "Đã qua" if done else "Chưa qua",
            str(planned),
            str(hours),
            ("Có" if self.chance(38) else "Không") if profession != "Dược sĩ" else "",
        ]


FAULTS = (
    # row of the file, column, what is written there instead
    (4, "Mã trạm", ""),  # whose station is this? any may have one more
    (9, "Số giờ đã học", "12,5"),
    (15, "Bồi dưỡng trong năm", ""),
    (22, "Chức danh", "Bác sỹ đa khoa"),  # a doctor, perhaps
    (31, "Mã nhân viên", "10077"),  # without its letters
    (40, "Hình thức", "BC"),  # so it is not known either whether a title standard is due
    (58, "Số giờ theo kế hoạch", "24h"),
)
TWICE = (70, 90)  # one person at two stations: what both rows say is not known


def faulty(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """A register with some faults in it; rows are numbered as in the file."""
    changed = [list(row) for row in rows]
    for row, column, text in FAULTS:
        changed[row - 2][HEADER.index(column)] = text
    code = HEADER.index("Mã nhân viên")
    changed[TWICE[1] - 2][code] = changed[TWICE[0] - 2][code]
    return changed


def write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *rows])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode("utf-8"))


def generate(into: Path) -> None:
    """Write the register of every centre, and that of the last one with faults."""
    register = Register(SEED)
    rows = {centre.code: list(register.rows(centre)) for centre in CENTRES}
    for code, found in rows.items():
        write(into / "2025" / f"{code}.csv", found)
    last = CENTRES[-1].code
    write(into / "2025-faults" / f"{last}.csv", faulty(rows[last]))
