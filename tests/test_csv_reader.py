"""CSV as it is read: delimiters, lines, quotes, encodings, and what is refused with its place."""

from __future__ import annotations

import gc
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kpi_check
from kpi_check.errors import InputError
from kpi_check.readers import Source, file_source, find_files, open_tables
from kpi_check.readers.source import MAX_LINE, stream_source
from kpi_check.submission import MAX_CELL, Table, Unreadable
from returns import FIELDS, row, shipped, table, text_source

HEADER = ["unit_code", "Tên CĐCS", "members"]
BLOCK = 2048


def opened(data: bytes | str, path: str = "t.csv") -> Table:
    [found] = open_tables(text_source(data, path), shipped())
    return found


def opened_source(source: Source) -> Table:
    [found] = open_tables(source, shipped())
    return found


def numbered(found: Table) -> list[tuple[int, list[str]]]:
    """The rows below the header that are not blank, with their lines."""
    return [
        (number, list(cells))
        for block in found.blocks()
        for number, cells in zip(block.numbers, block.rows, strict=True)
        if any(cell.strip() for cell in cells)
    ]


def broken(found: Table) -> Unreadable | None:
    """What ended the reading."""
    return [block.unreadable for block in found.blocks()][-1]


# Delimiters and encodings


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_by_which_the_first_row_is_a_header(delimiter: str) -> None:
    lines = [HEADER, ["U1", "a", "7"]]
    found = opened("".join(delimiter.join(line) + "\n" for line in lines))
    assert found.header == HEADER
    assert numbered(found) == [(2, ["U1", "a", "7"])]


def test_a_delimiter_inside_headers_and_cells_is_no_delimiter() -> None:
    officials = "Đoàn viên là cán bộ, công chức, viên chức"
    found = opened(f"Mã CĐCS;{officials};STT, a, b\nU1;1,5;x\n")
    assert found.header == ["Mã CĐCS", officials, "STT, a, b"]
    assert numbered(found) == [(2, ["U1", "1,5", "x"])]


def test_one_column_is_a_table_too() -> None:
    found = opened("unit_code\nU1\n\nU2")
    assert (found.header, numbered(found)) == (["unit_code"], [(2, ["U1"]), (4, ["U2"])])


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    assert opened("\ufeffunit_code,members\n").header == ["unit_code", "members"]
    assert opened('\ufeff"unit_code",members\n').header == ["unit_code", "members"]


def test_the_ending_of_a_file_does_not_say_its_delimiter() -> None:
    for path in ("a.csv", "a.TSV", "b.txt", "-"):
        assert opened("unit_code;members\n", path).header == ["unit_code", "members"]


@pytest.mark.parametrize("path", ["a.docx", "a", "a.cvs"])
def test_a_file_of_no_known_format_is_refused(path: str) -> None:
    with pytest.raises(InputError, match="are not read") as caught:
        opened("unit_code\n", path)
    assert path in str(caught.value)
    assert caught.value.hint is not None


# Lines


LINES = "unit_code,unit_name\nU1,a\n\nU2,b\n , \nU3,c\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_rows_stand_on_the_lines_where_an_editor_shows_them(ending: str) -> None:
    found = opened(LINES.replace("\n", ending))
    assert numbered(found) == [(2, ["U1", "a"]), (4, ["U2", "b"]), (6, ["U3", "c"])]
    assert found.header_row == 1


@pytest.mark.parametrize("outside", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("inside", ["\n", "\r\n", "\r"])
def test_a_row_stands_on_the_line_on_which_it_starts(outside: str, inside: str) -> None:
    text = 'unit_code,unit_name\nU1,"a\vb\vc"\nU2,d\nU3,"\v"\n\nU4,e\n'
    found = opened(text.replace("\n", outside).replace("\v", inside))
    assert [(number, cells[0]) for number, cells in numbered(found)] == [(2, "U1"), (5, "U2"), (6, "U3"), (9, "U4")]
    assert numbered(found)[0][1][1] == f"a{inside}b{inside}c"


def test_a_header_may_have_blank_lines_above_and_line_breaks_in_it() -> None:
    found = opened('\n , ,\n"Mã\nCĐCS",unit_code\nU1,U1\n')
    assert (found.header_row, found.header) == (3, ["Mã\nCĐCS", "unit_code"])
    assert numbered(found) == [(5, ["U1", "U1"])]


def test_more_blank_lines_than_a_block_holds_may_stand_above_the_header() -> None:
    found = opened("\n" * (BLOCK + 10) + "unit_code\nU1\n")
    assert found.header_row == BLOCK + 11
    assert numbered(found) == [(BLOCK + 12, ["U1"])]


def test_a_file_that_ends_without_a_line_end_is_read_to_its_end() -> None:
    assert numbered(opened("unit_code,members\nU1,7")) == [(2, ["U1", "7"])]


@pytest.mark.parametrize("text", ["", "\ufeff", "\n", "\r\n\r\n", "  \n", ",,\n ,\t,\n"])
def test_a_file_without_a_row_that_is_not_blank_has_no_header(text: str) -> None:
    assert opened(text).header is None


@given(
    st.lists(
        st.tuples(
            st.text("ab \n\r,;\"'\tĐ", max_size=6),
            st.text('ab\n\r,;"', max_size=6),
            st.sampled_from(["\n", "\r\n", "\r"]),
        ),
        max_size=12,
    )
)
def test_what_was_quoted_is_read_as_it_was_written(rows: list[tuple[str, str, str]]) -> None:
    text, line, expected = "unit_code,unit_name\n", 2, []
    for left, right, ending in rows:
        record = ",".join('"' + cell.replace('"', '""') + '"' for cell in (left, right))
        text += record + ending
        if (left + right).strip():
            expected.append((line, [left, right]))
        line += 1 + (record.replace("\r\n", "\n").replace("\r", "\n")).count("\n")
    assert numbered(opened(text)) == expected


def test_lines_are_counted_on_from_block_to_block() -> None:
    line, lines, expected = 2, ["unit_code,unit_name\n"], []
    for number in range(3 * BLOCK + 5):
        name = "x\ny" if number in (5, BLOCK - 1, BLOCK, 3 * BLOCK + 1) else "z"
        lines.append(f'U{number},"{name}"\n')
        expected.append((line, [f"U{number}", name]))
        line += 1 + name.count("\n")
    assert numbered(opened("".join(lines))) == expected


# What cannot be read to its end


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("last", "code"),
    [
        ('U3,"not closed\nU4,b\n', "broken-quotes"),
        ('U3,"closed" and more\nU4,b\n', "broken-quotes"),
        ('U3,"a"b"\nU4,b\n', "broken-quotes"),
        (f"U3,{'x' * (MAX_CELL + 1)}\nU4,b\n", "cell-too-long"),
        (f'U3,"{"x" * (MAX_CELL + 1)}"\nU4,b\n', "cell-too-long"),
    ],
    ids=["not-closed", "text-after", "mark-inside", "too-long", "too-long-quoted"],
)
def test_reading_ends_at_a_record_that_cannot_be_read_and_names_its_first_line(
    last: str, code: str, ending: str
) -> None:
    text = 'unit_code,unit_name\nU1,"a\nb"\n\nU2,b\n' + last
    found = opened(text.replace("\n", ending))
    assert [cells[0] for _, cells in numbered(found)] == ["U1", "U2"]
    unreadable = broken(found)
    assert unreadable is not None
    assert (unreadable.code, unreadable.row) == (code, 6)


def test_a_record_that_cannot_be_read_may_stand_in_a_later_block() -> None:
    lines = [f"U{number},a\n" for number in range(BLOCK + 3)]
    found = opened("unit_code,unit_name\n" + "".join(lines) + 'Z,"x\n')
    assert len(numbered(found)) == BLOCK + 3
    unreadable = broken(found)
    assert unreadable is not None
    assert (unreadable.code, unreadable.row) == ("broken-quotes", BLOCK + 5)


def test_a_header_that_cannot_be_read_is_named() -> None:
    found = opened('\nunit_code,"members\nU1,7\n')
    assert isinstance(found.header, Unreadable)
    assert (found.header.code, found.header.row) == ("broken-quotes", 2)


def test_quotation_marks_inside_a_cell_without_them_at_its_ends_are_text() -> None:
    assert numbered(opened('unit_code,unit_name\nU1,a "b" c\n')) == [(2, ["U1", 'a "b" c'])]


def test_the_longest_cell_is_read() -> None:
    longest = "x" * MAX_CELL
    found = opened(f'unit_code,unit_name\nU1,{longest}\nU2,"{longest}"\nU3,{"Đ" * MAX_CELL}\n')
    assert broken(found) is None
    assert [len(cells[1]) for _, cells in numbered(found)] == [MAX_CELL] * 3


def test_rows_may_have_any_number_of_cells() -> None:
    found = opened("unit_code,members\nU1\nU2,1,2,3\n")
    assert numbered(found) == [(2, ["U1"]), (3, ["U2", "1", "2", "3"])]


# What is no UTF-8 text


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("unit_code,members\n".encode("utf-16")[:-1], "UTF-16"),
        ("\ufeffunit_code,members\n".encode("utf-32"), "UTF-32"),
        (b"<html><table>", "web page"),
        ("unit_code,members\n".encode("utf-16-le"), "NUL"),
        (b"unit_code,members\nU1,\x00\n", "NUL"),
        (b"PK\x03\x04rest", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "damaged"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_what_is_no_text_is_named(data: bytes, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        numbered(opened(data, "phu-cat.csv"))
    assert "phu-cat.csv" in str(caught.value)
    assert caught.value.hint is not None


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"M\xe3 C\xd0CS,unit_code\nU1,U1\n", 1),
        (b"unit_code,unit_name\nU1,a\nU2,C\xf4ng\nU3,\xe0\n", 3),
        (b"unit_code,unit_name\nU1,a\n\nU2,b\xc4", 4),
        (b"unit_code,unit_name\nU1,\xed\xa0\x80\n", 2),
    ],
)
def test_the_first_line_that_is_not_utf_8_is_named(data: bytes, line: int, ending: bytes) -> None:
    with pytest.raises(InputError, match=rf"line {line} is not UTF-8"):
        numbered(opened(data.replace(b"\n", ending)))


def test_a_line_that_is_not_utf_8_is_found_far_into_the_file() -> None:
    lines = [f"U{number},Công đoàn\n".encode() for number in range(50_000)]
    lines[40_000] = b"U40000,C\xf4ng\n"
    with pytest.raises(InputError, match="line 40002 is not UTF-8"):
        numbered(opened(b"unit_code,unit_name\n" + b"".join(lines)))


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_a_line_has_a_length_that_is_refused(ending: bytes) -> None:
    long = b"x," * (MAX_LINE // 2 - 50_000)
    assert opened(b"unit_code" + ending + long + ending + long).header == ["unit_code"]
    with pytest.raises(InputError, match="longer than"):
        numbered(opened(b"unit_code" + ending + long + long))


# Where bytes come from


def test_the_hash_is_that_of_all_bytes() -> None:
    data = b"\xef\xbb\xbfunit_code,members\r\nU1,7\r\n" * 30_000
    expected = hashlib.sha256(data).hexdigest()
    read = opened(data)
    numbered(read)
    assert read.sha256() == expected
    assert opened(data).sha256() == expected


def test_the_hash_of_a_file_that_could_not_be_read_to_its_end_is_that_of_all_bytes() -> None:
    data = b'unit_code,members\nU1,"7\n' + b"U2,8\n" * 100_000
    found = opened(data)
    assert broken(found) is not None
    assert found.sha256() == hashlib.sha256(data).hexdigest()


def changing(*versions: bytes) -> tuple[Source, Callable[[], object]]:
    """A file, and what makes its next version of it."""
    left = list(versions)
    return Source("t.csv", lambda: io.BytesIO(left[0])), lambda: left.pop(0)


def test_a_file_that_changes_between_two_readings_is_refused() -> None:
    before, after = b"unit_code,members\nU1,7\n", b"unit_code,members\nU1,8\n"
    source, change = changing(before, after)
    found = opened_source(source)
    assert numbered(found) == [(2, ["U1", "7"])]
    change()
    with pytest.raises(InputError, match="changed while it was read"):
        numbered(found)


def test_a_file_that_stays_the_same_is_read_again_and_again() -> None:
    found = opened_source(changing(b"unit_code,members\nU1,7\n")[0])
    assert numbered(found) == numbered(found) == [(2, ["U1", "7"])]


@pytest.fixture
def piped() -> Iterator[list[Source]]:
    """Streams whose temporary files are closed in the end."""
    sources: list[Source] = []
    yield sources
    for source in sources:
        for cell in getattr(source.open, "__closure__", ()):
            cell.cell_contents.close()
    sources.clear()
    gc.collect()


def test_standard_input_is_read_as_often_as_it_must_be(piped: list[Source]) -> None:
    data = "unit_code,unit_name\n" + "".join(f"U{number},Công đoàn\n" for number in range(20_000))
    piped.append(stream_source(io.BytesIO(data.encode())))
    [found] = open_tables(piped[0], shipped())
    first = numbered(found)
    assert len(first) == 20_000
    assert numbered(found) == first
    assert (found.path, found.sha256()) == ("-", hashlib.sha256(data.encode()).hexdigest())


def test_standard_input_is_judged_like_a_file(piped: list[Source]) -> None:
    text = "\n".join(",".join(cells) for cells in [FIELDS, row(), row(), row(unit_code="U2", rating="tot")])
    piped.append(stream_source(io.BytesIO(text.encode())))
    from_stream = kpi_check.evaluate(shipped(), piped[0])
    from_file = kpi_check.evaluate(shipped(), text_source(text))
    assert from_stream.targets == from_file.targets
    assert [(i.code, i.file, i.row) for i in from_stream.issues] == [
        ("duplicate-key", "-", 3),
        ("not-a-choice", "-", 4),
    ]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read") as caught:
        open_tables(file_source(path), shipped())
    assert path in str(caught.value)


class Failing(io.BytesIO):
    """A file on a disk that fails."""

    def read(self, _: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_file_that_cannot_be_read_on_is_refused() -> None:
    with pytest.raises(InputError, match="Input/output error") as caught:
        open_tables(Source("phu-cat.csv", Failing), shipped())
    assert "phu-cat.csv" in str(caught.value)


# Folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.csv", "a.CSV", "c.tsv", "d.txt", "e.docx", "README", ".hidden.csv"):
        (tmp_path / name).write_text("unit_code\n", encoding="utf-8")
    (tmp_path / "below.csv").mkdir()
    (tmp_path / "below.csv" / "f.csv").touch()
    return tmp_path


def test_a_folder_means_the_files_in_it_that_can_be_read(folder: Path) -> None:
    files, passed_over = find_files([str(folder)])
    assert [Path(f).name for f in files] == ["a.CSV", "b.csv", "c.tsv", "d.txt"]
    assert [Path(f).name for f in passed_over] == ["README", "below.csv", "e.docx"]


def test_a_file_that_is_named_is_meant_whatever_its_name(folder: Path) -> None:
    named = [str(folder / name) for name in ("e.docx", ".hidden.csv", "none.csv")]
    assert find_files(named) == (sorted(named), [])
    assert find_files(["-"]) == (["-"], [])


def test_a_folder_without_a_file_that_can_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.docx").touch()
    with pytest.raises(InputError, match="no file in this folder") as caught:
        find_files([str(tmp_path)])
    assert str(tmp_path) in str(caught.value)


def test_a_folder_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(InputError, match="the folder cannot be read: Permission denied"):
        find_files([str(tmp_path)])


def test_what_is_passed_over_or_named_twice_is_named_in_the_report(folder: Path) -> None:
    for name in ("a.CSV", "c.tsv", "d.txt"):
        (folder / name).unlink()
    text = "\n".join(",".join(cells) for cells in [FIELDS, *table(row()).rows])
    (folder / "b.csv").write_text(text, encoding="utf-8")
    report = kpi_check.evaluate(shipped(), [folder, folder / "b.csv"])
    assert [(i.code, i.severity, Path(i.file or "").name) for i in report.issues] == [
        ("file-not-read", "warning", "README"),
        ("file-not-read", "warning", "below.csv"),
        ("file-not-read", "warning", "e.docx"),
        ("file-named-twice", "info", "b.csv"),
    ]
    assert (report.verdict, report.inputs[0].rows) == ("met", 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("end", "cut"), [(60, True), (1, False), (0, False)])
def test_a_file_that_is_cut_off_says_so(end: int, cut: bool, encoding: str) -> None:
    text = "\n".join([",".join(FIELDS), ",".join(row(unit_code="U1")), ",".join(row(unit_code="U2"))]) + "\n"
    report = kpi_check.evaluate(shipped(), text_source(text[: len(text) - end].encode(encoding)))
    assert [(i.code, i.row) for i in report.issues] == ([("cell-count", 3), ("cut-off", 3)] if cut else [])
    assert report.verdict == ("undetermined" if cut else "met")


def test_a_short_last_line_that_is_no_row_is_no_cut() -> None:
    text = "\n".join([",".join(FIELDS), ",".join(row()), "Người lập biểu"])
    assert [i.code for i in kpi_check.evaluate(shipped(), text_source(text)).issues] == []
