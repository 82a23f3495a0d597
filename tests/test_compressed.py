"""Compressed text says what the text says; what is damaged, cut off, no table or a bomb is told, and takes no memory."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

import kpi_check
from agreement import AT_ONCE
from command import ROOT, run
from kpi_check.engines import base, stored
from kpi_check.errors import InputError
from kpi_check.readers import READERS, Source, ending_of, open_grids, packed
from kpi_check.readers.csv import CsvGrid
from kpi_check.readers.lines import TextLines
from kpi_check.readers.packed import PACKINGS
from returns import FIELDS, row, shipped, text_source

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SAMPLES = sorted((ROOT / "sample_data").glob("20*/*.csv"))[::9]
PACK: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zstd": zstd.compress,
}
EVERY = pytest.mark.parametrize("packing", PACKINGS)
EACH = pytest.mark.parametrize("engine", AT_ONCE)
SMALL = "".join(",".join(cells) + "\n" for cells in [FIELDS, *(row(unit_code=f"U{n}") for n in range(1, 301))]).encode()


def said(data: Any, **more: Any) -> Any:
    """The report as it is written but for names and hashes of files, or why there is none."""
    try:
        found = kpi_check.evaluate(shipped(), data, limit=None, **more).as_dict()
    except kpi_check.KpiCheckError as error:
        return f"{type(error).__name__}: {error}"
    for one in [*found["inputs"], *found["issues"]]:
        assert one.get("path", one.get("file")) is not None
        one.update({name: None for name in ("path", "sha256", "file") if name in one})
    return json.loads(json.dumps(found))


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def issues(data: Any, **more: Any) -> list[tuple[str, int | None]]:
    return [(issue.code, issue.row) for issue in kpi_check.evaluate(shipped(), data, **more).issues]


# The same as the text


@EVERY
@EACH
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_sample_is_what_it_is_as_text(tmp_path: Path, packing: str, engine: str, sample: Path) -> None:
    path = written(tmp_path, f"{sample.name}{PACKINGS[packing].ending}", PACK[packing](sample.read_bytes()))
    assert said(path, engine=engine, by="unit") == said(sample, engine=engine, by="unit")


@EVERY
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".txt"])
def test_encodings_and_endings_are_those_of_the_text(tmp_path: Path, packing: str, encoding: str, ending: str) -> None:
    from guises import tones_apart

    text = SAMPLES[0].read_text("utf-8").replace(",", "\t" if ending == ".tsv" else ";")
    data = (tones_apart(text) if encoding == "cp1258" else text).encode(encoding, "replace")
    plain = written(tmp_path, f"a{ending}", data)
    assert said(written(tmp_path, f"b{ending}{PACKINGS[packing].ending}", PACK[packing](data))) == said(plain)


@EVERY
def test_the_hash_is_of_the_file_as_it_is_on_the_disk(tmp_path: Path, packing: str) -> None:
    import hashlib

    data = PACK[packing](SMALL)
    path = written(tmp_path, f"a.csv{PACKINGS[packing].ending}", data)
    expected = hashlib.sha256(data).hexdigest()
    for engine in AT_ONCE:
        (read,) = kpi_check.evaluate(shipped(), path, engine=engine).inputs
        assert (read.sha256, read.rows) == (expected, 300)
    assert open_grids(Source(str(path), lambda: path.open("rb")), shipped())[0].sha256() == expected


@EVERY
@EACH
def test_the_bytes_decide_and_not_the_name(tmp_path: Path, packing: str, engine: str) -> None:
    plain = written(tmp_path, "a.csv", SMALL)
    ending = PACKINGS[packing].ending
    other = next(p.ending for name, p in PACKINGS.items() if name != packing)
    expected = said(plain, engine=engine)
    assert said(written(tmp_path, "b.csv", PACK[packing](SMALL)), engine=engine) == expected
    assert said(written(tmp_path, f"c.csv{other}", PACK[packing](SMALL)), engine=engine) == expected
    assert said(written(tmp_path, f"d.csv{ending}", SMALL), engine=engine) == expected


@EVERY
def test_standard_input_may_be_compressed(packing: str) -> None:
    ran = run("evaluate", "-", "--format", "json", stdin=PACK[packing](SMALL))
    assert json.loads(ran.out)["inputs"][0]["rows"] == 300


@EVERY
def test_a_folder_has_compressed_files_in_it(tmp_path: Path, packing: str) -> None:
    path = written(tmp_path, f"a.CSV{PACKINGS[packing].ending.upper()}", PACK[packing](SMALL))
    written(tmp_path, f"b{PACKINGS[packing].ending}", PACK[packing](SMALL))
    report = kpi_check.evaluate(shipped(), tmp_path)
    assert [file.path for file in report.inputs] == [str(path)]
    assert [issue.code for issue in report.issues] == ["file-not-read"]


@EVERY
def test_other_commands_read_it(tmp_path: Path, packing: str) -> None:
    from kpi_check.roster import read_roster

    ending = PACKINGS[packing].ending
    old = written(tmp_path, f"old.csv{ending}", PACK[packing](SMALL.replace(b"2025,", b"2024,")))
    new = written(tmp_path, f"new.csv{ending}", PACK[packing](SMALL))
    roster = written(tmp_path, f"roster.csv{ending}", PACK[packing](SMALL.replace(b"U300,", b"U301,")))
    assert run("validate", new, "--previous", old).code == 0
    assert run("compare", old, new).code < 2
    assert "2024" in run("series", old, new).out
    assert len(read_roster(shipped(), Source(str(roster), lambda: roster.open("rb"))).units) == 300
    assert len(run("template", "--period", "2025", "--roster", roster).out.splitlines()) == 301
    covered = kpi_check.evaluate(shipped(), new, roster=roster).coverage
    assert covered is not None
    assert covered.units.missing[0].code == "U301"


def test_a_list_of_faults_is_made_of_what_is_in_it(tmp_path: Path) -> None:
    import openpyxl

    path = written(tmp_path, "a.csv.gz", gzip.compress(SMALL.replace(b",50,", b",5x0,", 1)))
    assert run("validate", path, "--fix-list", tmp_path / "fix.xlsx").code == 1
    book = openpyxl.load_workbook(tmp_path / "fix.xlsx")
    assert book["data"].cell(2, FIELDS.index("workers") + 1).value == "5x0"


@EVERY
def test_every_text_has_its_compressed_forms(packing: str) -> None:
    ending = PACKINGS[packing].ending
    plain = [one for one in READERS["text"].endings if one.count(".") == 1]
    assert {one + ending for one in plain} < set(READERS["text"].endings)
    assert ending_of(f"a/b.2024.CSV{ending.upper()}") == f".csv{ending}"
    assert ending_of(f"a.b/c{ending}") == ending


# Parts


@EACH
def test_several_members_of_gzip(tmp_path: Path, engine: str) -> None:
    expected = said(written(tmp_path, "a.csv", SMALL), engine=engine)
    for size in (1, 1000, 7001):
        parts = [SMALL[at : at + size] for at in range(0, min(len(SMALL), 40 * size), size)] + [SMALL[40 * size :]]
        data = b"".join(gzip.compress(part, mtime=0) for part in parts)
        assert said(written(tmp_path, "b.csv.gz", data), engine=engine) == expected
    zeros = gzip.compress(SMALL) + bytes(100_000)  # a tape's
    assert said(written(tmp_path, "c.csv.gz", zeros), engine=engine) == expected


@EACH
def test_several_frames_of_zstd(tmp_path: Path, engine: str) -> None:
    expected = said(written(tmp_path, "a.csv", SMALL), engine=engine)
    skipped = b"\x5a\x2a\x4d\x18\x05\x00\x00\x00hello"
    data = skipped + zstd.compress(SMALL[:999]) + skipped + zstd.compress(b"") + zstd.compress(SMALL[999:]) + skipped
    assert said(written(tmp_path, "b.csv.zst", data), engine=engine) == expected


@EVERY
def test_nothing_but_an_empty_text(tmp_path: Path, packing: str) -> None:
    ending = PACKINGS[packing].ending
    for data in (b"", PACK[packing](b""), PACK[packing](b"\n\n\n")):
        assert issues(written(tmp_path, f"a.csv{ending}", data)) == [("empty-file", 1)]


# What is damaged


def cut_off(packing: str) -> bytes:
    """Many rows, cut off after some of them: text that cannot be compressed much, so that much of it is there."""
    data = PACK[packing](SMALL + b"".join(b"%d\n" % (n * 7919 % 1_000_003) for n in range(200_000)))
    return data[: len(data) // 2]


@EVERY
@EACH
def test_what_ends_too_early_is_read_as_far_as_it_goes(tmp_path: Path, packing: str, engine: str) -> None:
    whole = SMALL + b"".join(
        ",".join(row(unit_code=f"V{n * 7919}", unit_name=f"{n**9}")).encode() + b"\n" for n in range(9_000)
    )
    data = PACK[packing](whole)
    path = written(tmp_path, f"a.csv{PACKINGS[packing].ending}", data[: len(data) // 2])
    report = kpi_check.evaluate(shipped(), path, engine=engine)
    (issue,) = report.issues
    assert issue.code == "cut-off"
    assert "ends too early" in issue.message
    assert issue.row is not None
    assert 300 < issue.row < 9_300
    assert report.inputs[0].rows == issue.row - 1
    assert report.verdict == "undetermined"


@EVERY
@EACH
def test_of_a_row_that_is_cut_off_nothing_is_read(tmp_path: Path, packing: str, engine: str) -> None:
    data = PACK[packing](SMALL)
    end = len(data) - (8 if packing == "gzip" else 0)
    path = written(tmp_path, f"a.csv{PACKINGS[packing].ending}", data[: end - 3])
    refused_or_cut = said(path, engine=engine)
    if isinstance(refused_or_cut, str):
        assert f"this {packing} file is damaged" in refused_or_cut
    else:
        assert [i["code"] for i in refused_or_cut["issues"]] == ["cut-off"]
        assert refused_or_cut["inputs"][0]["rows"] < 301


@EVERY
@EACH
@pytest.mark.parametrize("after", [b"x", b"garbage" * 1000, b"\x1f", b"PK\x03\x04"])
def test_what_follows_and_is_something_else(tmp_path: Path, packing: str, engine: str, after: bytes) -> None:
    path = written(tmp_path, f"a.csv{PACKINGS[packing].ending}", PACK[packing](SMALL) + after)
    report = kpi_check.evaluate(shipped(), path, engine=engine)
    (issue,) = report.issues
    assert (issue.code, issue.row) == ("cut-off", 302)
    assert "what follows is not compressed" in issue.message
    assert report.verdict == "undetermined"


@EVERY
@EACH
def test_wrong_bytes_are_refused(tmp_path: Path, packing: str, engine: str) -> None:
    """Since where they are wrong nobody knows: a figure may be another one."""
    data = (
        PACK[packing](SMALL)
        if packing == "gzip"
        else zstd.compress(SMALL, options={zstd.CompressionParameter.checksum_flag: 1})
    )
    refused = 0
    for place in range(0, len(data), max(1, len(data) // 31)):
        wrong = bytearray(data)
        wrong[place] ^= 0x10
        found = said(written(tmp_path, f"a.csv{PACKINGS[packing].ending}", bytes(wrong)), engine=engine)
        if isinstance(found, str):
            assert found.startswith("InputError: ")
            assert "a.csv" in found
            refused += 1
        elif found != said(text_source(SMALL)):  # a byte that says nothing of the text: when it was made, by what
            assert found["verdict"] == "undetermined"
    assert refused > 20


@pytest.mark.parametrize("size", range(1, 18))
def test_a_beginning_alone(size: int) -> None:
    with pytest.raises(InputError, match="gzip"):
        list(open_grids(text_source(gzip.compress(SMALL)[: size + 1], "a.csv.gz"), shipped())[0].blocks())


def test_a_checksum_that_is_wrong() -> None:
    data = gzip.compress(SMALL)
    for wrong in (data[:-8] + b"\0\0\0\0" + data[-4:], data[:-4] + b"\0\0\0\0"):
        assert "gzip file is damaged" in said(text_source(wrong, "a.csv.gz"))


def test_a_zstd_that_looks_back_too_far() -> None:
    options: dict[int, int] = {
        zstd.CompressionParameter.window_log: 28,
        zstd.CompressionParameter.content_size_flag: 0,
    }
    packer = zstd.ZstdCompressor(options=options)
    data = packer.compress(SMALL) + packer.flush()
    found = said(text_source(data, "a.csv.zst"))
    assert "zstd file is damaged" in found
    assert "memory" in found


def test_without_the_package_zstd_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise ImportError

    monkeypatch.setattr(packed, "_zstd", missing)
    assert "kpi-check[zstd]" in said(text_source(zstd.compress(SMALL), "a.csv.zst"))
    assert "kpi-check[zstd]" not in str(said(text_source(gzip.compress(SMALL), "a.csv.gz")))


# What is no text


def tar_of(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("returns.csv")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


@EVERY
@pytest.mark.parametrize(
    ("inside", "what"),
    [
        (tar_of(SMALL), "an archive"),
        (b"PK\x03\x04" + bytes(100), "a workbook or a zip file"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "an old Excel workbook"),
        (gzip.compress(SMALL), "a gzip file"),
        (zstd.compress(SMALL), "a zstd file"),
        (b"PAR1" + bytes(100), "a Parquet file"),
        (b"%PDF-1.7", "a PDF"),
        (b"unit_code\nU1\0\n", "NUL"),
    ],
)
def test_what_is_no_text_is_to_be_unpacked(tmp_path: Path, packing: str, inside: bytes, what: str) -> None:
    path = written(tmp_path, f"a.csv{PACKINGS[packing].ending}", PACK[packing](inside))
    found = said(path)
    assert what in found
    assert found.endswith("unpack it, and name what is in it")


@pytest.mark.parametrize(
    "name", ["a.tar.gz", "a.tgz", "a.xlsx.gz", "a.gz", "a.json.zst", "a.csv.bz2", "a.zip", "a.tar"]
)
def test_endings_of_what_has_to_be_unpacked(tmp_path: Path, name: str) -> None:
    ran = run("evaluate", written(tmp_path, name, gzip.compress(tar_of(SMALL))))
    assert ran.code == 2
    assert "unpack it, and name what is in it" in " ".join(ran.err.split())


# Bombs


def bomb(packing: str, piece: bytes, size: int) -> bytes:
    """So many bytes of one piece again and again, compressed."""
    packer: Any = zlib.compressobj(9, wbits=31) if packing == "gzip" else zstd.ZstdCompressor(level=3)
    many = piece * ((1 << 20) // len(piece))
    return b"".join(packer.compress(many) for _ in range(size // len(many))) + bytes(packer.flush())


@EVERY
@pytest.mark.parametrize(
    ("piece", "says"),
    [
        (b"\0", "NUL|unpacks to more than"),
        (b"x", "unpacks to more than 250 times its size"),
        (b"\n", "unpacks to more than 250 times its size"),
        (b"1,2,3\n", "unpacks to more than 250 times its size"),
        (b'"', "unpacks to more than|a line is longer"),
    ],
)
def test_bombs(packing: str, piece: bytes, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import tracemalloc

    monkeypatch.setattr(packed, "FREE", 1_000_000)
    source = text_source(SMALL[: SMALL.index(b"\n") + 1] + b"", "a.csv")
    data = PACK[packing](source.open().read()) + bomb(packing, piece, 10_000_000)
    tracemalloc.start()
    found = said(text_source(data, "a.csv.gz"))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert any(one in found for one in says.split("|")), found
    assert most < 60_000_000


@EVERY
def test_much_may_be_packed_into_little(tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of rows that are much alike is none."""
    monkeypatch.setattr(packed, "FREE", 100_000)
    many = b"".join(",".join(row(unit_code=f"U{n}")).encode() + b"\n" for n in range(20_000))
    path = written(tmp_path, "a.csv.gz", PACK[packing](SMALL[: SMALL.index(b"\n") + 1] + many))
    assert kpi_check.evaluate(shipped(), path).inputs[0].rows == 20_000


@EVERY
def test_duckdb_does_not_read_a_bomb_to_its_end(tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside it, the file is proven to be text; it is stopped when that fails."""
    stopped: list[str] = []
    execute = stored.Asker.execute

    def watched(asker: stored.Asker, text: str, values: Mapping[str, object] | None = None) -> None:
        try:
            execute(asker, text, values)
        except duckdb.InterruptException:
            stopped.append(text.partition(" ")[0])
            raise

    monkeypatch.setattr(stored.Asker, "execute", watched)
    monkeypatch.setattr(packed, "FREE", 1_000_000)
    data = PACK[packing](SMALL) + bomb(packing, SMALL.splitlines(keepends=True)[1], 200_000_000)
    found = said(written(tmp_path, f"a.csv{PACKINGS[packing].ending}", data), engine="duckdb")
    assert "unpacks to more than 250 times its size" in found
    assert stopped == ["CREATE"]


# The engine


@EVERY
def test_duckdb_counts_them(tmp_path: Path, packing: str) -> None:
    told: list[str] = []
    path = written(tmp_path, f"a.csv{PACKINGS[packing].ending}", PACK[packing](SMALL))
    kpi_check.evaluate(shipped(), path, engine="duckdb", tell=lambda what: told.append(what.english()))
    assert any("300 rows counted by DuckDB" in text for text in told), told


@EVERY
def test_odd_rows_are_found_again_wherever_they_are(
    tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kpi_check.readers import lines

    monkeypatch.setattr(lines, "_CHUNK", 1000)
    rows = SMALL.splitlines(keepends=True)
    rows[2] = rows[2].replace(b",100,", b",1x0,")
    rows[150] = b"\n" + rows[150].replace(b",good,", b",bad,")
    rows[299] = rows[299].replace(b",50,", b",,")
    plain = written(tmp_path, "a.csv", b"".join(rows))
    path = written(tmp_path, f"b.csv{PACKINGS[packing].ending}", PACK[packing](b"".join(rows)))
    expected = said(plain, engine="plain")
    assert len(expected["issues"]) == 3
    assert said(path, engine="duckdb") == said(plain, engine="duckdb") == expected


@EVERY
def test_the_engine_is_chosen_by_about_how_much_text_there_is(
    tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "a.csv.gz", PACK[packing](SMALL))
    (grid,) = open_grids(Source(str(path), lambda: path.open("rb"), file=str(path)), shipped())
    assert isinstance(grid, CsvGrid)
    assert isinstance(grid.line_file, TextLines)
    assert grid.line_file.size > path.stat().st_size
    assert grid.line_file.packing == packing
    told: list[str] = []
    for least in (grid.line_file.size, grid.line_file.size + 1):
        monkeypatch.setattr(base, "AUTO_BYTES", least)
        kpi_check.evaluate(shipped(), path, tell=lambda what: told.append(what.english()))
    assert [text for text in told if text.startswith("engine")] == ["engine: duckdb", "engine: plain"]


@EVERY
def test_several_processes_read_them(tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from kpi_check import named

    monkeypatch.setattr(named, "_MUCH", 100)
    for number in range(4):
        data = SMALL.replace(b",U", f",{number}U".encode())
        written(tmp_path, f"{number}.csv{PACKINGS[packing].ending}", PACK[packing](data))
    assert said(tmp_path, processes=2) == said(tmp_path, processes=1)
