"""The page's section on the network, and the terminal's line."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from made_up_runs import collected, run, save
from rich.console import Console

from sim.report.command import main
from sim.report.comparison import comparisons, with_target
from sim.report.network.drawing import scale_top, step_of
from sim.report.network.section import drawn, network_section
from sim.report.terminal import print_summary
from sim.results.result import Result
from sim.results.rows import Link

pytestmark = pytest.mark.usefixtures("undrawn")


def link(source: str, target: str, utilisation: float, duplex: str = "split") -> Link:
    kinds = ["server" if end == "2" else "worker" if end.isdecimal() else "switch" for end in (source, target)]
    return Link(source, target, *kinds, duplex, 10.0, 1.25e9 * utilisation, utilisation)


def star(*utilisations: float) -> list[Link]:
    """Hosts on one switch; those given are of the ways up, and each way down carries nothing."""
    ups = [link(str(host), "switch", utilisation) for host, utilisation in enumerate(utilisations)]
    return ups + [link("switch", str(host), 0.0) for host in range(len(utilisations))]


def section(folder: Path, *results: Result) -> str:
    table, curves = collected(folder, *results)
    rows = comparisons(with_target(table, curves, 0.95))
    links = {str(folder / str(place)): result.links for place, result in enumerate(results)}
    return network_section(rows, links)


def wired(links: list[Link], **fields: object) -> Result:
    result = run(**fields)  # type: ignore[arg-type]
    result.links = links
    return result


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " "))


def test_the_five_busiest_links_are_named_the_busiest_first(tmp_path: Path) -> None:
    found = section(tmp_path, wired(star(0.1, 0.5, 0.78, 0.3, 0.2, 0.05)))
    table = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td>', found)
    assert [(name, share.replace("\N{NO-BREAK SPACE}", " ")) for name, share in table] == [
        ("host 2 (server) → switch", "78 %"),
        ("host 1 → switch", "50 %"),
        ("host 3 → switch", "30 %"),
        ("host 4 → switch", "20 %"),
        ("host 0 → switch", "10 %"),
    ]


def test_links_as_busy_as_the_fifth_are_counted(tmp_path: Path) -> None:
    assert "3 more are as busy as the last of these." in section(tmp_path, wired(star(*[0.5] * 8)))
    assert "1 more is as busy as the last of these." in section(tmp_path, wired(star(*[0.5] * 6)))


def test_a_link_is_drawn_in_the_colour_of_its_utilisation(tmp_path: Path) -> None:
    # A scale to 100 % in five steps: 0.78 is in the fourth, 0.5 in the third, 0.1 in the first.
    found = section(tmp_path, wired(star(0.1, 0.5, 0.78)))
    colours = {
        title.split(":")[0]: step
        for step, group in re.findall(r'<g class="u(\d)">(.*?)</g>', found, re.DOTALL)
        for title in re.findall(r"<title>(.*?)</title>", group)
    }
    assert colours == {
        "host 0 → switch": "1",
        "host 1 → switch": "3",
        "host 2 (server) → switch": "4",
        **{f"switch → host {host}": "0" for host in ("0", "1", "2 (server)")},
    }


def test_traffic_keeps_to_the_right(tmp_path: Path) -> None:
    # The switch is above the hosts: to the right of the way up is east, of the way down west.
    found = section(tmp_path, wired(star(0.5, 0.5)))
    x = {name: float(at) for at, name in re.findall(r'<path d="M([\d.]+) [^"]*"><title>(.*?):', found)}
    assert x["host 0 → switch"] > x["switch → host 0"]


@pytest.mark.parametrize(("largest", "top"), [(0.0, 0.01), (0.01, 0.01), (0.3, 0.5), (0.78, 1.0), (1.0 + 1e-12, 1.0)])
def test_the_scale_ends_at_a_round_utilisation_that_no_link_exceeds(largest: float, top: float) -> None:
    assert scale_top([link("0", "switch", largest)]) == top


def test_the_ends_of_the_scale_have_the_ends_of_the_colours() -> None:
    assert [step_of(link("0", "s", share), 1.0) for share in (0.0, 1e-9, 0.999, 1.0, 1.0 + 1e-12)] == [0, 1, 5, 5, 5]


def test_runs_without_links_have_no_section(tmp_path: Path) -> None:
    assert section(tmp_path, run(), run("dpsgd")) == ""


def test_a_shared_link_is_one_line_with_two_heads(tmp_path: Path) -> None:
    found = section(tmp_path, wired([link("0", "1", 0.5, "shared")]))
    assert "host 0 ↔ host 1" in found
    assert found.count("<path") == 1


def test_of_many_runs_the_first_and_the_last_are_drawn() -> None:
    assert drawn([str(place) for place in range(6)]) == [str(place) for place in range(6)]
    assert drawn([str(place) for place in range(20)]) == ["0", "19"]


def test_the_page_says_that_it_does_not_draw_all(tmp_path: Path) -> None:
    found = section(tmp_path, wired(star(0.5)), run("dpsgd"))
    assert "of 2 runs" in words(found).lower()


def test_names_from_files_are_escaped(tmp_path: Path) -> None:
    found = section(tmp_path, wired([Link("<b>", '"&', "host", "switch", "split", 1.0, 1.0, 0.1)]))
    assert "<b>" not in found
    assert "host &lt;b&gt; → &quot;&amp;" in found


def test_a_thousand_hosts_make_a_small_page(tmp_path: Path) -> None:
    found = section(tmp_path, wired(star(*[0.5] * 1024)))
    assert len(found) < 10_000
    assert "The hosts of a switch are drawn as one" in found
    assert "1 019 more are as busy" in words(found)


def test_the_report_draws_the_networks_of_its_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(wired(star(0.1, 0.5)), tmp_path / "a")
    save(run("dpsgd"), tmp_path / "b")
    assert main([str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text()
    assert page.count('<svg class="network"') == 1
    assert "How busy the network was" in page


def test_a_truncated_file_of_links_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(wired(star(0.1)), tmp_path)
    (tmp_path / "links.csv").write_text("source,tar")
    assert main([str(tmp_path)]) == 2
    assert "links.csv: truncated" in capsys.readouterr().err


def summary_of(result: Result) -> str:
    file = io.StringIO()
    print_summary(result, Console(file=file, width=100))
    return file.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def test_the_terminal_names_the_busiest_link() -> None:
    printed = summary_of(wired(star(0.1, 0.2, 0.78)))
    assert re.search(r"busiest link +host 2 \(server\) → switch, 78 % of 10 Gb/s", printed)


def test_the_terminal_counts_the_links_that_are_as_busy() -> None:
    printed = summary_of(wired(star(0.5, 0.5)))
    assert re.search(r"busiest link +host 0 → switch and 1 more, 50 % of 10 Gb/s", printed)
    assert "busiest link" not in summary_of(run())
