"""InfraGraph: machines of accelerators and cards, and the fabric between them."""

import sys

import pytest

from topologies.communication.file import file as ranks_of
from topologies.field_error import FieldError
from topologies.files.annotate import Assumed
from topologies.machines import Machines, machines_of
from topologies.networks.file import file

#: Two machines of 4 accelerators and 2 cards; each card, 2 us away, at 100 Gb/s on a switch of 4 ports.
TEXT = """\
name: two machines
devices:
- name: server
  components:
  - {name: xpu, count: 4, choice: xpu}
  - {name: nvlsw, count: 1, choice: switch}
  - {name: nic, count: 2, choice: nic}
  links:
  - {name: nvlink, physical: {bandwidth: {gigabytes_per_second: 450}, latency: {ns: 500}}}
  - {name: pcie, physical: {bandwidth: {gigabits_per_second: 256}, latency: {ns: 300}}}
  edges:
  - {ep1: {component: xpu}, ep2: {component: "nvlsw[0]"}, scheme: many2many, link: nvlink}
  - {ep1: {component: "xpu[0:2]"}, ep2: {component: "nic[0]"}, scheme: many2many, link: pcie}
  - {ep1: {component: "xpu[2:]"}, ep2: {component: "nic[1]"}, scheme: many2many, link: pcie}
- name: switch
  components:
  - {name: asic, count: 1, choice: cpu}
  - {name: port, count: 4, choice: port}
  links:
  - {name: ic, physical: {bandwidth: {gigabits_per_second: 800}, latency: {us: 1}}}
  edges:
  - {ep1: {component: asic}, ep2: {component: port}, scheme: many2many, link: ic}
instances:
- {name: host, device: server, count: 2}
- {name: sw, device: switch, count: 1}
links:
- {name: wire, physical: {bandwidth: {gigabits_per_second: 100}, latency: {us: 2}}}
edges:
- {ep1: {instance: "host[0]", component: nic}, ep2: {instance: sw, component: "port[0:2]"}, scheme: one2one, link: wire}
- {ep1: {instance: "host[1]", component: nic}, ep2: {instance: sw, component: "port[2:]"}, scheme: one2one, link: wire}
"""


def written(tmp_path, text=TEXT, name="pod.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return str(path)


@pytest.fixture
def package():
    """The package that expands the format, of the extra infragraph."""
    return pytest.importorskip("infragraph")


@pytest.mark.usefixtures("package")
def test_accelerators_are_hosts_of_machines_and_cards_are_their_rails(tmp_path):
    graph = file(written(tmp_path))
    hosts = [node for node, kind in graph.nodes(data="kind") if kind == "host"]
    assert [graph.nodes[host]["name"] for host in hosts] == [f"host.{m}.xpu.{x}" for m in (0, 1) for x in range(4)]
    # 2 x (4 + 1 + 2) + 1 + 4 components; 2 x (4 to the switch inside + 2 + 2 to the cards) + 4 in the switch + 4 wires.
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (19, 24)
    assert machines_of(graph, hosts) == Machines((0, 0, 0, 0, 1, 1, 1, 1), rails=2)
    assert graph.edges["host.0.nic.1", "sw.0.port.1"] == {"bandwidth": 12.5e9, "latency": 2e-6, "duplex": "split"}
    assert graph.edges[0, "host.0.nvlsw.0"] == {"bandwidth": 450e9, "latency": 5e-7, "inside": True, "duplex": "split"}
    assert "inside" not in graph.edges["sw.0.asic.0", "sw.0.port.0"]
    assert "hosts are the components of the choice xpu, by InfraGraph" in graph.graph["remarks"]


@pytest.mark.usefixtures("package")
def test_without_accelerators_cards_are_hosts_and_links_without_rates_have_those_assumed(tmp_path):
    text = TEXT.replace("choice: xpu", "choice: cpu").replace(
        ", physical: {bandwidth: {gigabits_per_second: 256}, latency: {ns: 300}}", ""
    )
    path = written(tmp_path, text, "pod.yml")
    graph = file(path, Assumed(bandwidth_gbps=64.0, latency_us=0.25))
    assert [name for _, name in graph.nodes(data="name") if name] == [
        f"host.{m}.nic.{x}" for m in (0, 1) for x in (0, 1)
    ]
    assert graph.edges["host.0.xpu.0", 0]["bandwidth"] == 8e9
    assert "8 of 24 links have network.bandwidth_gbps=64" in graph.graph["remarks"]
    with pytest.raises(FieldError, match=r"edge 'host\.0\.xpu\.0'-'host\.0\.nic\.0': bandwidth_gbps is missing"):
        file(path)


@pytest.mark.usefixtures("package")
def test_devices_within_devices_are_expanded(tmp_path):
    card = """\
- name: card
  components: [{name: port, count: 1, choice: nic}, {name: bus, count: 1, choice: custom, custom: {type: pcie}}]
  links: [{name: inner, physical: {bandwidth: {gigabits_per_second: 8}, latency: {us: 1}}}]
  edges: [{ep1: {component: port}, ep2: {component: bus}, scheme: one2one, link: inner}]
"""
    text = (
        TEXT.replace("devices:\n", "devices:\n" + card)
        .replace("{name: nic, count: 2, choice: nic}", "{name: card, count: 2, choice: device}")
        .replace('{component: "nic[0]"}', '{device: "card[0]", component: bus}')
        .replace('{component: "nic[1]"}', '{component: "card[1].bus[0]"}')
        .replace("component: nic}", 'component: "card.port"}')
    )
    graph = file(written(tmp_path, text))
    assert graph.has_edge("host.1.card.1.bus.0", "host.1.card.1.port.0")
    assert graph.has_edge("host.1.card.1.port.0", "sw.0.port.3")
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (23, 28)


def test_without_the_package_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "infragraph", None)
    path = written(tmp_path)
    with pytest.raises(FieldError) as refused:
        file(path)
    assert str(refused.value) == (
        f"path: {path}: is YAML of InfraGraph, for which the package infragraph is needed; pip install "
        '"paceline[infragraph]"'
    )


@pytest.mark.usefixtures("package")
def test_machines_are_not_whom_ranks_talk_to(tmp_path):
    with pytest.raises(FieldError, match=r"node 'host\.0\.nvlsw\.0' is a switch, which has no model"):
        ranks_of(written(tmp_path))


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            TEXT[-1:],
            TEXT.splitlines()[-2].replace("link: wire", "link: slow") + "\n",
            "two edges with different links in",
        ),
        ("gigabits_per_second: 256", "gigatransfers_per_second: 32", "the unit of bandwidth='32 GT/s' is not said"),
        ("choice: xpu}", "choice: memory}\n  - {name: more, count: 1, choice: memory}", "xpu or nic, which are hosts"),
    ],
)
def test_what_the_package_would_pass_over_is_refused(old, new, message, tmp_path):
    text = TEXT.replace("links:\n- {name: wire", "links:\n- {name: slow}\n- {name: wire")
    text = text + new if old == "\n" else text.replace(old, new)
    if "memory" in new:
        text = text.replace("choice: nic", "choice: memory")
    with pytest.raises(FieldError) as refused:
        file(written(tmp_path, text))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (TEXT, "- 1\n", "is not InfraGraph, a mapping with devices and instances"),
        (TEXT, "a: [", "is not YAML (while parsing a flow node"),
        (TEXT, "[" * 5000, "is not YAML"),
        (TEXT, "!!python/object/apply:os.system [ls]", "could not determine a constructor"),
        (TEXT, "devices: &all []\ninstances: *all\n", "has the alias *all; write it out"),
        ("name: two machines", "name: a\nname: b", "has one key twice"),
        ("name: two machines", "nme: a", "the infrastructure has no key 'nme'"),
        ("name: two machines", "connections: []", "the infrastructure has no key 'connections'"),
        (
            "- {name: sw, device: switch, count: 1}",
            "- {name: host, device: switch, count: 1}",
            "'host' is there twice",
        ),
        ("device: switch, count: 1", "device: router, count: 1", "instance 'sw': there is no device 'router'"),
        ("device: switch, count: 1", "device: switch, count: 0", "count must be a whole number of at least 1, got 0"),
        (
            "device: server, count: 2",
            "device: server, count: 900000",
            "makes 6300000 components, more than the 1300000",
        ),
        ("name: nvlsw, count: 1", "name: nvlsw, count: 999999999999", "components, more than the 1300000 that can be"),
        ("choice: switch", "choice: bridge", "choice must be one of custom, device, cpu"),
        ("{name: nvlsw, count: 1, choice: switch}", "{name: nvlsw, count: 1, choice: device}", "no device 'nvlsw'"),
        (
            "{name: asic, count: 1",
            "{name: switch, count: 1, choice: device}\n  - {name: asic, count: 1",
            "has itself as a",
        ),
        (
            'component: "nvlsw[0]"',
            'component: "nvsw[0]"',
            "an edge of device 'server', ep2: device 'server' has no comp",
        ),
        ('component: "nvlsw[0]"', 'component: "nvlsw[1]"', "ep2: there are 1, from 0 on, got 1"),
        ('component: "xpu[2:]"', 'component: "xpu[4:]"', "an edge of device 'server': ep1 matches no component"),
        ('component: "xpu[2:]"', 'component: "xpu[a]"', "must be a name and a slice, as nic[0:2], got 'xpu[a]'"),
        ('component: "xpu[2:]"', 'component: "xpu[0:4:0]"', "the step of a slice must not be 0"),
        ('instance: "host[1]"', 'instance: "node[1]"', "an edge, ep1: there is no instance 'node'"),
        ("scheme: one2one, link: wire", "scheme: ring, link: wire", "scheme must be one2one or many2many, got 'ring'"),
        ("scheme: one2one, link: wire", "scheme: one2one, link: fibre", "an edge: there is no link 'fibre'"),
        ("edges:\n- {ep1", "edges: 3\nx:\n- {ep1", "has no key 'x'"),
    ],
)
def test_what_is_no_infrastructure_is_refused_by_name(old, new, message, tmp_path):
    path = written(tmp_path, TEXT.replace(old, new))
    with pytest.raises(FieldError) as refused:
        file(path)
    assert str(refused.value).startswith(f"path: {path}: ")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
