"""Make the sample returns of the 14 reporting bodies of Bình Định: invented, no real union's figures.

    python sample_data/generate.py [--into DIR]

Writes beside itself, or into DIR:

    2024/*.csv                  the year 2024, one clean file per reporting body (11 districts, 3 sector unions)
    2024-faults/van-canh.csv    Vân Canh's return for 2024 with one fault of each kind (FAULTS below)
    2024-H1/tuy-phuoc.csv       Tuy Phước's mid-year return: no ratings yet
    2025/*.csv                  the year 2025: mostly the same unions, a few gone, a few new
    staff/                      the register of persons of another plan (staff_register.py)

The same bytes come out every time, under any version of Python: there is one seed, and of `random` only `random()`
is used, whose sequence Python guarantees. What each body shall show is set in OUTCOMES; the rest is drawn.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

import staff_register

SEED = 130
T = TypeVar("T")
Row = dict[str, str]


def listed(text: str) -> list[str]:
    return text.split(", ")


# ---------------------------------------------------------------------------------------------- columns and labels

LABELS = {
    "period": "Kỳ báo cáo",
    "district_code": "Mã đơn vị báo cáo",
    "district_name": "Đơn vị báo cáo",
    "unit_code": "Mã CĐCS",
    "unit_name": "Tên CĐCS",
    "unit_type": "Loại đơn vị",
    "rating": "Xếp loại",
    "members": "Tổng số đoàn viên",
    "party_members": "Đoàn viên là đảng viên",
    "party_members_rated": "Đoàn viên là đảng viên được xếp loại",
    "party_members_good": "Đoàn viên là đảng viên hoàn thành tốt",
    "party_members_failed": "Đoàn viên là đảng viên không hoàn thành",
    "nominees": "Đoàn viên ưu tú giới thiệu cho Đảng",
    "cadres": "Cán bộ chuyên trách",
    "cadres_degree": "Cán bộ chuyên trách có trình độ đại học trở lên",
    "cadres_theory": "Cán bộ chuyên trách có trình độ LLCT trung cấp trở lên",
    "officials": "Đoàn viên là CBCCVC",
    "officials_standard": "Đoàn viên là CBCCVC đạt chuẩn chức danh",
    "workers": "Lao động",
    "workers_trained": "Lao động được đào tạo, bồi dưỡng nghề",
}
VALUES = {
    "grassroots": "CĐCS",
    "office": "Cơ quan",
    "excellent": "Hoàn thành xuất sắc nhiệm vụ",
    "good": "Hoàn thành tốt nhiệm vụ",
    "completed": "Hoàn thành nhiệm vụ",
    "failed": "Không hoàn thành nhiệm vụ",
    "not_rated": "Không xếp loại",
}
RATINGS_OF_A_YEAR = ("rating", "party_members_rated", "party_members_good", "party_members_failed")


class Form(NamedTuple):
    """How a file is written."""

    delimiter: str = ","
    newline: str = "\n"
    bom: bool = False
    field_names: bool = False  # field and value names instead of the Vietnamese labels


PLAIN = Form()
FORMS = {
    "an-nhon": Form(bom=True),
    "hoai-nhon": Form(delimiter=";"),
    "phu-cat": Form(delimiter="\t"),
    "tay-son": Form(newline="\r\n"),
    "vien-chuc": Form(field_names=True),
    "khu-kinh-te": Form(field_names=True),
}

# ------------------------------------------------------------------------------------------------- kinds of unions


class Kind(NamedTuple):
    """Ranges to draw a union's size and make-up from; shares in per cent of its members."""

    size: tuple[int, int]
    officials: tuple[int, int]
    party: tuple[int, int]


KINDS = {
    "agency": Kind((9, 38), (86, 97), (62, 84)),
    "department": Kind((26, 72), (86, 97), (58, 80)),
    "hospital": Kind((70, 190), (84, 94), (28, 40)),
    "commune": Kind((21, 34), (70, 82), (70, 86)),
    "school": Kind((14, 42), (84, 95), (36, 58)),
    "high_school": Kind((44, 92), (90, 97), (40, 60)),
    "station": Kind((5, 9), (80, 100), (40, 70)),
    "bank": Kind((11, 34), (0, 0), (42, 64)),
    "coop": Kind((8, 19), (0, 0), (26, 44)),
    "kindergarten": Kind((10, 26), (0, 0), (6, 12)),
    "firm": Kind((10, 900), (0, 0), (2, 5)),
}
PRIVATE = ("firm", "coop", "kindergarten")

# Trade and range of members; the first INDUSTRIES are those found in an economic zone.
TRADES = (
    ("Công ty TNHH May", 170, 760),
    ("Công ty CP May", 220, 980),
    ("Công ty TNHH Giày da", 180, 720),
    ("Công ty TNHH Chế biến gỗ", 60, 380),
    ("Công ty CP Lâm sản", 50, 280),
    ("Công ty TNHH Nội thất", 80, 420),
    ("Công ty CP Thủy sản", 60, 330),
    ("Công ty TNHH Chế biến hải sản", 40, 240),
    ("Công ty CP Thức ăn chăn nuôi", 40, 170),
    ("Công ty TNHH Đá granite", 25, 130),
    ("Công ty TNHH Bao bì", 30, 150),
    ("Công ty TNHH Cơ khí", 15, 90),
    ("Công ty TNHH Xây dựng", 20, 100),
    ("Công ty CP Xây dựng và Thương mại", 18, 85),
    ("Công ty CP Gạch tuynel", 35, 110),
    ("Công ty TNHH Vận tải", 15, 75),
    ("Công ty TNHH Thương mại và Dịch vụ", 11, 55),
    ("Công ty TNHH Khách sạn", 16, 90),
    ("Công ty TNHH Vật liệu xây dựng", 12, 60),
    ("DNTN", 10, 28),
)
INDUSTRIES = 12
FIRM_NAMES = listed(
    "An Phát, An Thịnh, Bảo Long, Bảo Minh, Bình Minh, Cẩm Tú, Đại Hưng, Đại Thành, Đông Hải, Đông Phương, Đức Tín, "
    "Gia Hưng, Hải Âu, Hải Đăng, Hải Long, Hoàng Long, Hồng Phúc, Hưng Thịnh, Khánh An, Kim Long, Lam Sơn, Long Thành, "
    "Minh Đức, Minh Khang, Minh Quang, Nam Hải, Nam Tiến, Ngọc Bích, Nhật Minh, Phú Cường, Phú Gia, Phú Quý, Phúc An, "
    "Phương Đông, Phương Nam, Quang Minh, Quốc Thắng, Sao Biển, Sao Mai, Tân Hưng, Tân Phú, Tân Tiến, Thái Dương, "
    "Thanh Bình, Thành Công, Thành Đạt, Thành Phát, Thiên Ân, Thiên Phúc, Thuận An, Thuận Phát, Toàn Cầu, Trường An, "
    "Trường Phát, Trường Thịnh, Tuấn Kiệt, Vạn Phúc, Việt Hưng, Việt Long, Vĩnh Hưng, Xuân Thành"
)
KINDERGARTENS = listed("Hoa Mai, Họa Mi, Sơn Ca, Ánh Dương, Tuổi Thơ, Hướng Dương, Bé Ngoan, Búp Măng, Vàng Anh")

# ------------------------------------------------------------------------------------------------ reporting bodies

AGENCIES = listed(
    "Cơ quan {party} {name}, Văn phòng HĐND và UBND {place}, Cơ quan Mặt trận và các đoàn thể {place}, "
    "Phòng Giáo dục và Đào tạo {place}, Tòa án nhân dân {place}, Viện Kiểm sát nhân dân {place}, "
    "Chi cục Thi hành án dân sự {place}, Bảo hiểm xã hội {place}, Kho bạc Nhà nước {name}, "
    "Trung tâm Văn hóa - Thông tin - Thể thao {place}, Trung tâm Dịch vụ nông nghiệp {place}, "
    "Trung tâm Bồi dưỡng chính trị {place}, Hạt Kiểm lâm {name}"
)
BANKS = ("Agribank Chi nhánh {name}", "Ngân hàng Chính sách xã hội {place}", "Quỹ tín dụng nhân dân {name}")
SCHOOLS = ("Mầm non", "Tiểu học", "THCS")
HIGHLAND_SCHOOLS = ("Mẫu giáo", "Tiểu học", "PTDTBT THCS")

DEPARTMENTS = listed(
    "Văn phòng Tỉnh ủy, Ban Tổ chức Tỉnh ủy, Ban Tuyên giáo Tỉnh ủy, Ban Dân vận Tỉnh ủy, Ban Nội chính Tỉnh ủy, "
    "Ủy ban Kiểm tra Tỉnh ủy, Báo Bình Định, Trường Chính trị tỉnh, Ủy ban MTTQ Việt Nam tỉnh, Tỉnh đoàn, "
    "Hội Liên hiệp Phụ nữ tỉnh, Hội Nông dân tỉnh, Hội Cựu chiến binh tỉnh, Liên minh Hợp tác xã tỉnh, "
    "Văn phòng Đoàn ĐBQH và HĐND tỉnh, Văn phòng UBND tỉnh, Sở Nội vụ, Sở Tài chính, Sở Kế hoạch và Đầu tư, "
    "Sở Xây dựng, Sở Giao thông vận tải, Sở Công Thương, Sở Nông nghiệp và Phát triển nông thôn, "
    "Sở Tài nguyên và Môi trường, Sở Khoa học và Công nghệ, Sở Thông tin và Truyền thông, Sở Văn hóa và Thể thao, "
    "Sở Du lịch, Sở Tư pháp, Sở Y tế, Sở Lao động - Thương binh và Xã hội, Sở Ngoại vụ, Thanh tra tỉnh, Ban Dân tộc, "
    "Tòa án nhân dân tỉnh, Viện Kiểm sát nhân dân tỉnh, Cục Thi hành án dân sự tỉnh, Cục Thuế tỉnh, "
    "Cục Thống kê tỉnh, Bảo hiểm xã hội tỉnh, Chi cục Kiểm lâm, Chi cục Thủy sản, "
    "Đài Phát thanh và Truyền hình Bình Định, Bảo tàng tỉnh, Thư viện tỉnh, Nhà hát Nghệ thuật truyền thống tỉnh, "
    "Trung tâm Phục vụ hành chính công tỉnh, Trung tâm Công nghệ thông tin và Truyền thông, Trung tâm Khuyến nông, "
    "Trung tâm Dịch vụ việc làm, Trung tâm Trợ giúp pháp lý nhà nước, Trung tâm Kiểm soát bệnh tật tỉnh"
)
DEPARTMENTS_GONE_2025 = listed(
    "Ban Tuyên giáo Tỉnh ủy, Ban Dân vận Tỉnh ủy, Sở Kế hoạch và Đầu tư, Sở Giao thông vận tải, Ban Dân tộc, "
    "Sở Nông nghiệp và Phát triển nông thôn, Sở Tài nguyên và Môi trường, Sở Thông tin và Truyền thông, "
    "Sở Lao động - Thương binh và Xã hội"
)
DEPARTMENTS_NEW_2025 = listed("Ban Tuyên giáo và Dân vận Tỉnh ủy, Sở Nông nghiệp và Môi trường, Sở Dân tộc và Tôn giáo")

HIGH_SCHOOLS = listed(
    "Quốc học Quy Nhơn, Trưng Vương, Hùng Vương, Trần Cao Vân, chuyên Lê Quý Đôn, chuyên Chu Văn An, "
    "số 1 Tuy Phước, số 2 Tuy Phước, Nguyễn Diêu, Xuân Diệu, số 1 An Nhơn, số 2 An Nhơn, số 3 An Nhơn, Hòa Bình, "
    "Nguyễn Đình Chiểu, Quang Trung, Tây Sơn, Nguyễn Huệ, Võ Lai, số 1 Phù Cát, số 2 Phù Cát, số 3 Phù Cát, Ngô Mây, "
    "Ngô Lê Tân, Nguyễn Hồng Đạo, số 1 Phù Mỹ, số 2 Phù Mỹ, An Lương, Bình Dương, Mỹ Thọ, Tăng Bạt Hổ, Tam Quan, "
    "Nguyễn Trân, Lý Tự Trọng, Phan Bội Châu, Nguyễn Du, Hoài Ân, Võ Giữ, Trần Quang Diệu, An Lão, Vân Canh, Vĩnh Thạnh"
)


class Body(NamedTuple):
    """A reporting body: a district federation or a sector union."""

    code: str
    file: str
    place: str  # "huyện Tuy Phước"; of a sector union its whole name
    unions: int  # in 2024
    firms: int  # of these, those set up in 2024 among them
    new_2024: int
    new_2025: int
    gone_2025: int
    scale: int = 100  # size of its unions, in per cent of the usual
    communes: str = ""  # "thị trấn A, B; xã C, D"
    highland: bool = False

    @property
    def name(self) -> str:
        return f"LĐLĐ {self.place}" if self.communes else self.place


BODIES = (
    Body(
        "QN", "quy-nhon", "thành phố Quy Nhơn", 160, 60, 4, 5, 3, 100,
        "phường Bùi Thị Xuân, Đống Đa, Ghềnh Ráng, Hải Cảng, Lê Hồng Phong, Lê Lợi, Lý Thường Kiệt, Ngô Mây, "
        "Nguyễn Văn Cừ, Nhơn Bình, Nhơn Phú, Quang Trung, Thị Nại, Trần Hưng Đạo, Trần Phú, Trần Quang Diệu; "
        "xã Nhơn Châu, Nhơn Hải, Nhơn Hội, Nhơn Lý, Phước Mỹ",
    ),
    Body(
        "AN", "an-nhon", "thị xã An Nhơn", 98, 26, 2, 2, 1, 100,
        "phường Bình Định, Đập Đá, Nhơn Hòa, Nhơn Hưng, Nhơn Thành; xã Nhơn An, Nhơn Hạnh, Nhơn Hậu, Nhơn Khánh, "
        "Nhơn Lộc, Nhơn Mỹ, Nhơn Phong, Nhơn Phúc, Nhơn Tân, Nhơn Thọ",
    ),
    Body(
        "HN", "hoai-nhon", "thị xã Hoài Nhơn", 110, 28, 3, 2, 2, 100,
        "phường Bồng Sơn, Hoài Đức, Hoài Hảo, Hoài Hương, Hoài Tân, Hoài Thanh, Hoài Thanh Tây, Hoài Xuân, Tam Quan, "
        "Tam Quan Bắc, Tam Quan Nam; xã Hoài Châu, Hoài Châu Bắc, Hoài Hải, Hoài Mỹ, Hoài Phú, Hoài Sơn",
    ),
    Body(
        "AL", "an-lao", "huyện An Lão", 34, 2, 0, 0, 0, 75,
        "thị trấn An Lão; xã An Dũng, An Hòa, An Hưng, An Nghĩa, An Quang, An Tân, An Toàn, An Trung, An Vinh", True,
    ),
    Body(
        "HA", "hoai-an", "huyện Hoài Ân", 76, 8, 3, 1, 1, 90,
        "thị trấn Tăng Bạt Hổ; xã Ân Đức, Ân Hảo Đông, Ân Hảo Tây, Ân Hữu, Ân Mỹ, Ân Nghĩa, Ân Phong, Ân Sơn, "
        "Ân Thạnh, Ân Tín, Ân Tường Đông, Ân Tường Tây, Bok Tới, Đak Mang",
    ),
    Body(
        "PC", "phu-cat", "huyện Phù Cát", 84, 16, 1, 2, 1, 100,
        "thị trấn Ngô Mây, Cát Tiến; xã Cát Chánh, Cát Hải, Cát Hanh, Cát Hiệp, Cát Hưng, Cát Khánh, Cát Lâm, "
        "Cát Minh, Cát Nhơn, Cát Sơn, Cát Tài, Cát Tân, Cát Thành, Cát Thắng, Cát Trinh, Cát Tường",
    ),
    Body(
        "PM", "phu-my", "huyện Phù Mỹ", 88, 14, 1, 1, 1, 100,
        "thị trấn Phù Mỹ, Bình Dương; xã Mỹ An, Mỹ Cát, Mỹ Chánh, Mỹ Chánh Tây, Mỹ Châu, Mỹ Đức, Mỹ Hiệp, Mỹ Hòa, "
        "Mỹ Lộc, Mỹ Lợi, Mỹ Phong, Mỹ Quang, Mỹ Tài, Mỹ Thành, Mỹ Thắng, Mỹ Thọ, Mỹ Trinh",
    ),
    Body(
        "TP", "tuy-phuoc", "huyện Tuy Phước", 82, 14, 1, 2, 1, 100,
        "thị trấn Tuy Phước, Diêu Trì; xã Phước An, Phước Hiệp, Phước Hòa, Phước Hưng, Phước Lộc, Phước Nghĩa, "
        "Phước Quang, Phước Sơn, Phước Thành, Phước Thắng, Phước Thuận",
    ),
    Body(
        "TS", "tay-son", "huyện Tây Sơn", 78, 13, 1, 1, 2, 95,
        "thị trấn Phú Phong; xã Bình Hòa, Bình Nghi, Bình Tân, Bình Thành, Bình Thuận, Bình Tường, Tây An, Tây Bình, "
        "Tây Giang, Tây Phú, Tây Thuận, Tây Vinh, Tây Xuân, Vĩnh An",
    ),
    Body(
        "VC", "van-canh", "huyện Vân Canh", 27, 3, 1, 1, 0, 70,
        "thị trấn Vân Canh; xã Canh Hiển, Canh Hiệp, Canh Hòa, Canh Liên, Canh Thuận, Canh Vinh", True,
    ),
    Body(
        "VT", "vinh-thanh", "huyện Vĩnh Thạnh", 36, 4, 0, 1, 1, 75,
        "thị trấn Vĩnh Thạnh; xã Vĩnh Hảo, Vĩnh Hiệp, Vĩnh Hòa, Vĩnh Kim, Vĩnh Quang, Vĩnh Sơn, Vĩnh Thịnh, Vĩnh Thuận",
        True,
    ),
    Body("CCVC", "vien-chuc", "Công đoàn Viên chức tỉnh", 52, 0, 0, 3, 9),
    Body("GD", "giao-duc", "Công đoàn ngành Giáo dục tỉnh", 46, 0, 0, 0, 0),
    Body("KKT", "khu-kinh-te", "Công đoàn Khu kinh tế tỉnh", 62, 61, 5, 4, 3, 120),
)  # fmt: skip

# ----------------------------------------------------------------------------------------- what each body shall show


class Cadres(NamedTuple):
    """Full-time cadres: all, with a degree, with intermediate political theory."""

    all: int
    degree: int
    theory: int


class Outcome(NamedTuple):
    """What a body reports for a year. Counts are exact; the share of workers trained is one to draw around."""

    completed: int  # unions rated no better than completed
    failed: int  # unions
    no_nominee: int  # unions without one
    party_good: int  # Party members, per 1,000 rated
    party_failed: int  # Party members
    substandard: int  # officials short of their title standard
    trained: int  # per cent of the workers of firms
    office: Cadres
    at_firms: Cadres = Cadres(0, 0, 0)  # one at each of the largest unions


OUTCOMES: dict[int, dict[str, Outcome]] = {
    2024: {
        "QN": Outcome(14, 1, 5, 921, 5, 6, 72, Cadres(9, 8, 7), Cadres(3, 3, 2)),
        "AN": Outcome(8, 0, 2, 914, 2, 0, 63, Cadres(7, 7, 6), Cadres(1, 1, 0)),
        "HN": Outcome(12, 0, 4, 893, 3, 3, 74, Cadres(7, 6, 6), Cadres(1, 1, 1)),
        "AL": Outcome(3, 1, 1, 908, 0, 0, 55, Cadres(4, 4, 3)),
        "HA": Outcome(11, 0, 0, 917, 2, 0, 76, Cadres(5, 5, 4)),
        "PC": Outcome(9, 0, 2, 926, 3, 0, 75, Cadres(6, 5, 5)),
        "PM": Outcome(7, 0, 1, 931, 2, 0, 77, Cadres(6, 6, 5)),
        "TP": Outcome(5, 0, 0, 942, 2, 0, 79, Cadres(6, 6, 6)),
        "TS": Outcome(8, 0, 0, 911, 6, 4, 74, Cadres(5, 5, 4), Cadres(1, 1, 1)),
        "VC": Outcome(2, 0, 0, 919, 2, 0, 72, Cadres(3, 3, 2)),
        "VT": Outcome(5, 0, 0, 912, 0, 2, 76, Cadres(4, 3, 3)),
        "CCVC": Outcome(1, 0, 1, 953, 3, 0, 84, Cadres(5, 5, 5)),
        "GD": Outcome(2, 0, 0, 948, 4, 5, 84, Cadres(4, 4, 4)),
        "KKT": Outcome(12, 1, 19, 868, 3, 0, 59, Cadres(6, 5, 4), Cadres(6, 5, 3)),
    },
    2025: {
        "QN": Outcome(11, 0, 3, 934, 4, 0, 76, Cadres(9, 9, 8), Cadres(3, 3, 3)),
        "AN": Outcome(7, 0, 1, 925, 2, 0, 68, Cadres(7, 7, 6), Cadres(1, 1, 1)),
        "HN": Outcome(10, 1, 2, 911, 2, 0, 77, Cadres(7, 7, 6), Cadres(1, 1, 1)),
        "AL": Outcome(3, 0, 0, 917, 0, 0, 66, Cadres(4, 4, 4)),
        "HA": Outcome(10, 0, 0, 922, 1, 0, 77, Cadres(5, 5, 5)),
        "PC": Outcome(8, 1, 1, 931, 2, 0, 76, Cadres(6, 6, 5)),
        "PM": Outcome(6, 0, 0, 936, 2, 0, 78, Cadres(6, 6, 5)),
        "TP": Outcome(5, 0, 1, 944, 1, 0, 80, Cadres(6, 6, 6)),
        "TS": Outcome(7, 0, 0, 920, 3, 0, 76, Cadres(5, 5, 5), Cadres(1, 1, 1)),
        "VC": Outcome(2, 0, 0, 927, 0, 0, 74, Cadres(3, 3, 3)),
        "VT": Outcome(4, 0, 0, 921, 0, 0, 77, Cadres(4, 3, 3)),
        "CCVC": Outcome(1, 0, 0, 957, 2, 0, 86, Cadres(5, 5, 5)),
        "GD": Outcome(1, 0, 0, 955, 3, 0, 86, Cadres(4, 4, 4)),
        "KKT": Outcome(10, 2, 14, 879, 2, 0, 61, Cadres(6, 6, 5), Cadres(7, 5, 5)),
    },
}

# ---------------------------------------------------------------------------------------------------------- chance


def between(rng: Random, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def shuffled(rng: Random, items: Iterable[T]) -> list[T]:
    return [item for _, _, item in sorted((rng.random(), place, item) for place, item in enumerate(items))]


def scattered(rng: Random, cases: int, room: Sequence[int]) -> list[int]:
    """That many cases spread by chance over places with so much room each."""
    slots = shuffled(rng, [place for place, size in enumerate(room) for _ in range(size)])
    if cases > len(slots):
        raise ValueError(f"{cases} cases do not fit in {len(slots)}")
    counts = [0] * len(room)
    for place in slots[:cases]:
        counts[place] += 1
    return counts


# --------------------------------------------------------------------------------------------------------- unions


@dataclass(frozen=True)
class Union:
    """A grassroots union; what stays the same from year to year."""

    code: str
    name: str
    kind: str
    size: int
    officials: int  # per cent of its members
    party: int
    since: int = 0
    until: int = 9999


class Founding(NamedTuple):
    """A union to be: its name, its kind, and its size where that is not to be drawn."""

    name: str
    kind: str
    size: int = 0


class Registry:
    """Hands out names of firms, none of them twice in the province."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        pairs = [(trade, name) for trade in range(len(TRADES)) for name in range(len(FIRM_NAMES))]
        self.free = shuffled(rng, pairs)

    def firm(self, industry: bool = False) -> Founding:
        place = next(place for place, (trade, _) in enumerate(self.free) if trade < INDUSTRIES or not industry)
        trade, name = self.free.pop(place)
        title, low, high = TRADES[trade]
        return Founding(f"{title} {FIRM_NAMES[name]}", "firm", between(self.rng, low, high))


def communes_of(body: Body) -> list[tuple[str, str]]:
    """("xã", "Phước An"), …"""
    found = []
    for group in body.communes.split("; "):
        rank = next(rank for rank in ("thị trấn ", "phường ", "xã ") if group.startswith(rank))
        found += [(rank.strip(), name) for name in listed(group.removeprefix(rank))]
    return found


def public_unions(body: Body) -> list[Founding]:
    """Those that every district has: agencies, health centre, banks, communes."""
    rank = next(rank for rank in ("thành phố", "thị xã", "huyện") if body.place.startswith(rank))
    words = {
        "party": {"thành phố": "Thành ủy", "thị xã": "Thị ủy", "huyện": "Huyện ủy"}[rank],
        "place": body.place,
        "name": body.place.removeprefix(rank).strip(),
    }
    banks = BANKS[:2] if body.highland else BANKS
    return [
        *(Founding(text.format(**words), "agency") for text in AGENCIES),
        Founding(f"Trung tâm Y tế {body.place}", "hospital"),
        *(Founding(text.format(**words), "bank") for text in banks),
        *(Founding(f"{rank} {name}", "commune") for rank, name in communes_of(body)),
    ]


def schools_and_the_like(rng: Random, body: Body, wanted: int) -> list[Founding]:
    """Some of the schools, health stations and co-operatives that the communes could have, in the order of kinds."""
    communes = [
        (f"{rank} {name}" if rank == "thị trấn" else name, f"{rank} {name}") for rank, name in communes_of(body)
    ]
    kinds = HIGHLAND_SCHOOLS if body.highland else SCHOOLS
    possible = [Founding(f"Trường {kind} {short}", "school") for kind in kinds for short, _ in communes]
    possible += [Founding(f"Trạm Y tế {full}", "station") for _, full in communes[1::5]]
    rural = [short for short, full in communes if full.startswith("xã ")]
    possible += [Founding(f"HTX Nông nghiệp {short}", "coop") for short in rural[::3]]
    chosen = sorted(shuffled(rng, range(len(possible)))[:wanted])
    if len(chosen) < wanted:
        raise ValueError(f"{body.code}: only {len(chosen)} of {wanted} schools and the like")
    return [possible[place] for place in chosen]


def district_foundings(rng: Random, body: Body, registry: Registry) -> list[Founding]:
    public = public_unions(body)
    private = [registry.firm() for _ in range(body.firms)]
    if body.code == "VC":  # the one large factory of a small district; its size serves the faulty file
        private[0] = Founding("Công ty TNHH May Canh Vinh", "firm", 1500)
    if body.code == "QN":
        private[: len(KINDERGARTENS)] = [Founding(f"Trường Mầm non tư thục {x}", "kindergarten") for x in KINDERGARTENS]
    schools = schools_and_the_like(rng, body, body.unions - len(public) - len(private))
    return public + schools + private


def sector_foundings(body: Body, registry: Registry) -> list[Founding]:
    if body.code == "CCVC":
        return [Founding(f"Cơ quan {name}" if name.startswith("Sở ") else name, "department") for name in DEPARTMENTS]
    if body.code == "GD":
        others = (
            Founding("Cơ quan Sở Giáo dục và Đào tạo", "department"),
            Founding("Trường Cao đẳng Bình Định", "high_school"),
            Founding("Trường Phổ thông Dân tộc nội trú THPT Bình Định", "high_school"),
            Founding("Trung tâm Giáo dục thường xuyên tỉnh", "high_school"),
        )
        return [*others, *(Founding(f"Trường THPT {name}", "high_school") for name in HIGH_SCHOOLS)]
    firms = [registry.firm(industry=True) for _ in range(body.firms)]
    return [Founding("Ban Quản lý Khu kinh tế tỉnh", "department"), *firms]


def later_foundings(body: Body, registry: Registry) -> list[Founding]:
    if body.code == "CCVC":
        return [Founding(f"Cơ quan {x}" if x.startswith("Sở ") else x, "department") for x in DEPARTMENTS_NEW_2025]
    return [registry.firm(industry=not body.communes) for _ in range(body.new_2025)]


def gone_in_2025(rng: Random, body: Body, foundings: list[Founding]) -> set[int]:
    """Places of those that report for 2024 and no more: merged departments, small firms."""
    if body.code == "CCVC":
        return {place for place, union in enumerate(foundings) if union.name.endswith(tuple(DEPARTMENTS_GONE_2025))}
    old = foundings[: len(foundings) - body.new_2024]
    firms = [place for place, union in enumerate(old) if union.kind == "firm" and union.size < 200]
    return set(shuffled(rng, firms)[: body.gone_2025])


def unions_of(body: Body, registry: Registry) -> list[Union]:
    """Every union that the body has in any of the years, by code."""
    rng = Random(f"{SEED} {body.code}")
    first = district_foundings(rng, body, registry) if body.communes else sector_foundings(body, registry)
    gone = gone_in_2025(rng, body, first)
    unions = []
    for place, founding in enumerate(first + later_foundings(body, registry)):
        kind = KINDS[founding.kind]
        size = (founding.size or between(rng, *kind.size)) * body.scale // 100
        since = 2025 if place >= len(first) else 2024 if place >= len(first) - body.new_2024 else 0
        if since and founding.kind == "firm":  # the young ones are small
            size //= 3
        unions.append(
            Union(
                code=f"{body.code}-{place + 1:03}",
                name=f"CĐCS {founding.name}",
                kind=founding.kind,
                size=max(size, 6 if founding.kind == "station" else 10),
                officials=between(rng, *kind.officials),
                party=between(rng, *kind.party),
                since=since,
                until=2024 if place in gone else 9999,
            )
        )
    return unions


# --------------------------------------------------------------------------------------------------- a year's return


def heads(rng: Random, year: int, unions: Sequence[Union]) -> list[dict[str, int]]:
    """Who is in each union: these counts and no ratings yet."""
    found = []
    for union in unions:
        members = union.size if year == 2024 else max(6, union.size * between(rng, 97, 105) // 100)
        officials = members * union.officials // 100
        party = members * union.party // 100
        exempt = sum(rng.random() < 0.03 for _ in range(party))
        found.append(
            {
                "members": members,
                "party_members": party,
                "party_members_rated": party - exempt,
                "officials": officials,
                "workers": members - officials,
            }
        )
    return found


def ratings(rng: Random, year: int, unions: Sequence[Union], outcome: Outcome) -> list[str]:
    """Unions set up in the year are not rated; firms are the likeliest to do badly, and alone fail."""
    found = ["not_rated" if union.since == year else "" for union in unions]
    rated = [place for place, rating in enumerate(found) if not rating]
    chance = {place: rng.random() * (1 if unions[place].kind in PRIVATE else 3) for place in rated}
    by_weakness = sorted(rated, key=lambda place: chance[place])
    failed = [place for place in by_weakness if unions[place].kind == "firm"][: outcome.failed]
    weak = [place for place in by_weakness if place not in failed][: outcome.completed]
    for place in rated:
        found[place] = "excellent" if rng.random() < 0.34 else "good"
    for place in weak:
        found[place] = "completed"
    for place in failed:
        found[place] = "failed"
    return found


def nominees(rng: Random, unions: Sequence[Union], rating: Sequence[str], without: int) -> list[int]:
    """At least one each, but for some: a union that failed before any other, then private ones."""
    order = sorted(
        range(len(unions)),
        key=lambda place: (rating[place] != "failed", unions[place].kind not in PRIVATE, rng.random()),
    )
    most = [1 if union.size < 12 else 2 if union.size < 60 else 3 if union.size < 400 else 5 for union in unions]
    found = [max(1, between(rng, -1, high)) for high in most]
    for place in order[:without]:
        found[place] = 0
    return found


def trained(rng: Random, unions: Sequence[Union], counts: Sequence[dict[str, int]], share: int) -> list[int]:
    found = []
    for union, count in zip(unions, counts, strict=True):
        around = share if union.kind == "firm" else share + 6
        found.append(min(count["workers"], (count["workers"] * between(rng, around - 12, around + 12) + 50) // 100))
    return found


def add_party_ratings(rng: Random, counts: Sequence[dict[str, int]], outcome: Outcome) -> None:
    rated = [count["party_members_rated"] for count in counts]
    not_good = scattered(rng, sum(rated) - sum(rated) * outcome.party_good // 1000, rated)
    failed = scattered(rng, outcome.party_failed, not_good)
    for count, other, bad in zip(counts, not_good, failed, strict=True):
        count["party_members_good"] = count["party_members_rated"] - other
        count["party_members_failed"] = bad


def add_cadres(counts: Sequence[dict[str, int]], cadres: Cadres) -> None:
    """None at most unions, one at each of the largest."""
    largest = sorted(range(len(counts)), key=lambda place: -counts[place]["members"])
    for rank, place in enumerate(largest):
        counts[place] |= {
            "cadres": int(rank < cadres.all),
            "cadres_degree": int(rank < cadres.degree),
            "cadres_theory": int(rank < cadres.theory),
        }


def grassroots_counts(rng: Random, year: int, unions: Sequence[Union], outcome: Outcome) -> list[dict[str, int]]:
    counts = heads(rng, year, unions)
    add_party_ratings(rng, counts, outcome)
    add_cadres(counts, outcome.at_firms)
    substandard = scattered(rng, outcome.substandard, [count["officials"] for count in counts])
    for count, short, skilled in zip(counts, substandard, trained(rng, unions, counts, outcome.trained), strict=True):
        count["officials_standard"] = count["officials"] - short
        count["workers_trained"] = skilled
    return counts


def row_of(year: int, body: Body, code: str, name: str, counts: dict[str, int]) -> Row:
    row = dict.fromkeys(LABELS, "")
    row |= {"period": str(year), "district_code": body.code, "district_name": body.name}
    row |= {"unit_code": code, "unit_name": name}
    row |= {field: str(count) for field, count in counts.items()}
    return row


def office_row(year: int, body: Body, cadres: Cadres) -> Row:
    """The body's own office: it has cadres, no members, and is not rated."""
    counts = {field: 0 for field in LABELS if field.startswith(("members", "party_", "officials", "workers"))}
    counts |= {"cadres": cadres.all, "cadres_degree": cadres.degree, "cadres_theory": cadres.theory}
    return row_of(year, body, f"{body.code}-000", f"Cơ quan {body.name}", counts) | {"unit_type": "office"}


def year_rows(year: int, body: Body, roster: Sequence[Union]) -> list[Row]:
    rng = Random(f"{SEED} {year} {body.code}")
    outcome = OUTCOMES[year][body.code]
    unions = [union for union in roster if union.since <= year <= union.until]
    rating = ratings(rng, year, unions, outcome)
    counts = grassroots_counts(rng, year, unions, outcome)
    introduced = nominees(rng, unions, rating, outcome.no_nominee)
    rows = [office_row(year, body, outcome.office)]
    for union, rated, count, number in zip(unions, rating, counts, introduced, strict=True):
        row = row_of(year, body, union.code, union.name, count | {"nominees": number})
        rows.append(row | {"unit_type": "grassroots", "rating": rated})
    return rows


# ---------------------------------------------------------------------------------------------------- mid-year return


def half_year_row(rng: Random, row: Row) -> Row:
    """The same union at mid-year: a little smaller, fewer trained, some nominees still to come, nothing rated."""
    now = {field: int(text) for field, text in row.items() if text.isdigit() and field != "period"}
    then = dict(now)
    then["officials"] = now["officials"] - (now["officials"] > 20 and rng.random() < 0.4)
    then["workers"] = now["workers"] - now["workers"] * between(rng, 0, 4) // 100
    then["members"] = then["officials"] + then["workers"]
    then["party_members"] = now["party_members"] - (now["party_members"] > 8 and rng.random() < 0.5)
    then["officials_standard"] = min(now["officials_standard"], then["officials"])
    then["workers_trained"] = min(
        then["workers"], now["workers_trained"] - now["workers_trained"] * between(rng, 6, 16) // 100
    )
    if "nominees" in now and rng.random() < 0.4:
        then["nominees"] = now["nominees"] - 1
    blank = dict.fromkeys(RATINGS_OF_A_YEAR, "")
    return row | {field: str(count) for field, count in then.items()} | {"period": "2024-H1"} | blank


def half_year_rows(rows: Sequence[Row], roster: Sequence[Union]) -> list[Row]:
    rng = Random(f"{SEED} 2024-H1")
    not_yet = {union.code for union in roster if union.since == 2024}
    return [half_year_row(rng, row) for row in rows if row["unit_code"] not in not_yet]


# ------------------------------------------------------------------------------------------------------- faulty return

REMARKS = "Ghi chú"  # a column that the plan does not know
REMARKED = {"VC-003": "Sáp nhập hai tổ công đoàn", "VC-027": "Mới thành lập"}
FAULTS = (
    # unit, field, what is written there instead
    ("VC-002", "nominees", ""),  # blank though required
    ("VC-004", "workers_trained", "-"),  # a dash is not a zero
    ("VC-005", "party_members_good", "85%"),  # a percentage where a count belongs
    ("VC-007", "officials", "\uff11\uff17"),  # fullwidth digits
    ("VC-008", "unit_code", ""),
    ("VC-010", "rating", "Hoàn thành khá"),  # no such rating
    ("VC-012", "officials_standard", "21"),  # a part above its whole: 12, with its digits swapped
    ("VC-013", "party_members_good", "14"),  # good and failed together above rated
    ("VC-016", "period", "2O24"),  # the letter O
    ("VC-018", "district_code", ""),
    ("VC-021", "unit_code", "VC-019"),  # given twice
    ("VC-025", "members", "1.050"),  # 1,050 or 1.05?
)
LONG = ("VC-015", ["CĐCS Agribank", " Chi nhánh Vân Canh"])  # a comma in a name, not quoted: one cell too many
SHORT = ("VC-020", 3)  # this many cells are missing at the end


def faulty_rows(rows: Sequence[Row]) -> list[list[str]]:
    """The rows with the faults put in, each in a row of its own."""
    changed = {row["unit_code"]: dict(row) for row in rows}
    for unit, field, text in FAULTS:
        changed[unit][field] = text
    header, *records = table(list(changed.values()))
    found = {unit: [*record, REMARKED.get(unit, "")] for unit, record in zip(changed, records, strict=True)}
    name = list(LABELS).index("unit_name")
    found[LONG[0]][name : name + 1] = LONG[1]
    del found[SHORT[0]][-SHORT[1] :]
    return [[*header, REMARKS], *found.values()]


# -------------------------------------------------------------------------------------------------------------- files


def table(rows: Sequence[Row], form: Form = PLAIN) -> list[list[str]]:
    """Header and rows as they are written."""
    if form.field_names:
        return [list(LABELS), *(list(row.values()) for row in rows)]
    return [list(LABELS.values()), *([VALUES.get(text, text) for text in row.values()] for row in rows)]


def write(path: Path, records: Iterable[Sequence[str]], form: Form = PLAIN) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=form.delimiter, lineterminator=form.newline).writerows(records)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode("utf-8-sig" if form.bom else "utf-8"))


def roster_rows() -> Iterable[Sequence[str]]:
    """The bodies that are expected to report. Districts were abolished on 1 July 2025; sector unions go on."""
    yield [LABELS["district_code"], LABELS["district_name"], LABELS["unit_code"], "Hiệu lực từ", "Hiệu lực đến"]
    for body in BODIES:
        yield [body.code, body.name, "", "", "2025-06-30" if body.name.startswith("LĐLĐ") else ""]


def generate(into: Path) -> None:
    registry = Registry(Random(SEED))
    rosters = {body.code: unions_of(body, registry) for body in BODIES}
    rows = {(year, body.file): year_rows(year, body, rosters[body.code]) for year in OUTCOMES for body in BODIES}
    for (year, file), found in rows.items():
        form = FORMS.get(file, PLAIN)
        write(into / str(year) / f"{file}.csv", table(found, form), form)
    write(into / "2024-H1" / "tuy-phuoc.csv", table(half_year_rows(rows[2024, "tuy-phuoc"], rosters["TP"])))
    write(into / "2024-faults" / "van-canh.csv", faulty_rows(rows[2024, "van-canh"]))
    write(into / "roster.csv", roster_rows())
    staff_register.generate(into / "staff")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample returns.")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="DIR", help="default: beside this")
    generate(parser.parse_args().into)


if __name__ == "__main__":
    main()
