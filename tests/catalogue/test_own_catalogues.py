"""A user's file of figures: what it adds, and what is refused in one line with file, line, column and remedy."""

import pytest
from experiments import experiment, simulated
from refusals import refused

from sim.catalogue.catalogue import MOST_BYTES, REMEDY, catalogue
from sim.catalogue.machine import machine
from sim.cluster.blueprint import Blueprint
from topologies.field_error import FieldError

HEAD = "device,figure,workload,precision,batch,value,unit,kind,as_of,source\n"
OWN = (
    HEAD
    + "edge,peak,,fp32,,20,TFLOP/s,peak,2025-03,its data sheet\n"
    + "edge,memory,,,,8,GB,peak,2025-03,its data sheet\n"
    + "\n# ours\n"
    + "edge,throughput,resnet50,fp32,64,200,images/s,measured,2025-04,our bench\n"
    + 'v100,throughput,resnet50,fp32,64,350,images/s,measured,2025-04,"our bench, older software"\n'
)


@pytest.fixture
def own(tmp_path):
    def write(text=OWN, name="own.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def local(device, **fields):
    return experiment("local", **{"workers": 1, "workload": "resnet50", "batch": 64, "device": device} | fields)


def test_a_device_of_a_file_computes_and_holds_what_it_says(own):
    device = f"named name=edge catalogue={own()}"
    assert Blueprint(local(device)).seconds == pytest.approx(64 / 200, rel=1e-12)
    resnet18 = Blueprint(local(device, workload="resnet18")).seconds
    assert resnet18 == 1e-3 + 64 * 3 * 2 * 1_814_073_344 / (20e12 * 0.5)
    with refused(
        "device.memory_bytes: 8 GB do not hold the 24.9 GB of workload=gpt2_xl: weights, gradients and states of "
        "optimizer=adam; choose a device with more, or give what yours holds"
    ):
        Blueprint(local(device, workload="gpt2_xl", optimizer="adam"))
    Blueprint(local(f"{device} memory_bytes=80e9", workload="gpt2_xl", optimizer="adam"))


def test_a_throughput_of_ones_own_takes_the_place_of_the_built_in_one(own):
    device = f"v100 catalogue={own()}"
    assert Blueprint(local(device)).seconds == pytest.approx(64 / 350, rel=1e-12)
    (note,) = [each for each in simulated("local", **fields_of(device)).notices if "mini-batch takes" in each]
    assert "350 images/s of resnet50 in fp32 on device=v100" in note
    assert "(measured; our bench, older software, as of 2025-04)" in note
    # Everything else is as it was.
    assert (
        Blueprint(local(device, workload="resnet18")).seconds == Blueprint(local("v100", workload="resnet18")).seconds
    )


def fields_of(device):
    return {"workers": 1, "workload": "resnet50", "batch": 64, "device": device, "until": "updates=2"}


def test_a_file_that_nothing_is_asked_of_has_no_effect_and_says_so(own):
    notices = simulated("local", **fields_of(f"p100 catalogue={own()}")).notices
    assert f"device.catalogue={own()} has no effect: nothing that is in it is asked for" in notices
    assert not [
        each for each in simulated("local", **fields_of(f"v100 catalogue={own()}")).notices if "no effect" in each
    ]


def test_a_machine_of_a_file_may_be_made_of_a_device_of_it(own):
    text = OWN.replace("device,", "machine,device,", 1).replace("edge,", ",edge,").replace("v100,", ",v100,")
    machines = "box.large,,{},,,,{},peak,2025-04,its maker\n"
    figures = [("device", "edge,name"), ("devices", "4,count"), ("link_rate", "64,GB/s"), ("nic_rate", "25,Gb/s")]
    path = own(text + "".join(machines.format(figure, value) for figure, value in figures))
    one = machine("box", catalogue(str(path)))
    assert (one.name, one.device, one.devices, one.link_rate, one.price) == ("box.large", "edge", 4, 512.0, None)


def test_a_changed_file_is_read_again(own):
    before = catalogue(str(own())).find("device", "edge", "memory")
    after = catalogue(str(own(OWN.replace(",8,GB", ",16,GB")))).find("device", "edge", "memory")
    assert (before.amount, after.amount) == (8e9, 16e9)


ROW = "edge,peak,,fp32,,20,TFLOP/s,peak,2025-03,its data sheet\n"
TIMED = "edge,throughput,resnet50,fp32,64,200,images/s,measured,2025-04,us\n"

#: What a file says below its first line, and what is said of it behind its name.
MISTAKES = {
    "no unit": (ROW.replace("TFLOP/s", ""), "line 2, column unit: is empty; give one of FLOP/s, GFLOP/s, TFLOP/s, PFL"),
    "another unit": (
        ROW.replace("TFLOP/s", "TFLOPS"),
        "line 2, column unit: 'TFLOPS' is no unit of peak; did you mean",
    ),
    "no source": (
        ROW.replace("its data sheet", " "),
        "line 2, column source: is empty; give where the figure is publi",
    ),
    "no date": (ROW.replace("2025-03", ""), "line 2, column as_of: is empty; give year and month, as 2021-03"),
    "no month": (
        ROW.replace("2025-03", "2025-13"),
        "line 2, column as_of: must be year and month, as 2021-03, got '20",
    ),
    "no kind": (
        ROW.replace(",peak,2025", ",said,2025"),
        "line 2, column kind: 'said' is no kind of figure; give one of",
    ),
    "no number": (
        ROW.replace("20,T", "much,T"),
        "line 2, column value: must be a number above 0 and at most 1e+24, got",
    ),
    "not finite": (
        ROW.replace("20,T", "inf,T"),
        "line 2, column value: must be a number above 0 and at most 1e+24, go",
    ),
    "not a number": (
        ROW.replace("20,T", "nan,T"),
        "line 2, column value: must be a number above 0 and at most 1e+24, ",
    ),
    "negative": (ROW.replace("20,T", "-20,T"), "line 2, column value: must be a number above 0 and at most 1e+24, got"),
    "null": (
        ROW.replace("20,T", "null,T"),
        "line 2, column value: must be a number above 0 and at most 1e+24, got 'nu",
    ),
    "no precision": (
        ROW.replace("fp32", ""),
        "line 2, column precision: peak is of one precision, got nothing; give i",
    ),
    "unknown precision": (
        ROW.replace("fp32", "fp31"),
        "line 2, column precision: 'fp31' is no precision; did you mean f",
    ),
    "a batch too much": (
        ROW.replace("fp32,", "fp32,3"),
        "line 2, column batch: peak is of no batch, got '3'; leave the",
    ),
    "no batch": (TIMED.replace("64", ""), "line 2, column batch: throughput is of one batch, got nothing; give it"),
    "half a batch": (
        TIMED.replace("64", "1.5"),
        "line 2, column batch: must be the samples of a mini-batch, 1 to 1000000",
    ),
    "no figure": (
        ROW.replace("peak,,", "speed,,"),
        "line 2, column figure: 'speed' is no figure of a device; give one",
    ),
    "no name": (ROW.replace("edge", ""), "line 2, column device: a figure is of one device or machine, got neither"),
    "a name for nobody": (
        ROW.replace("edge", "a=b"),
        "line 2, column device: must be letters, digits, '.', '-' and '_'",
    ),
    "twice": (ROW + TIMED + ROW, "line 4, column figure: peak of edge in fp32 is on line 2 already; leave out one"),
    "a figure of ours": (
        ROW.replace("edge", "v100"),
        "line 2, column device: paceline has the peak of v100 in fp32; give the device another name",
    ),
    "too few cells": (
        "edge,peak\n",
        "line 2: has 2 cells, and there are 10 columns; put a text with commas into doubl",
    ),
    "an open quote": (ROW.replace("its", '"its'), "line 2: is no CSV (unexpected end of data); see docs/devices.md"),
    "a share above 1": (
        "edge,efficiency,,fp32,,1.5,share,fitted,2025-03,us\n",
        "line 2, column value: must be a number above 0 and at most 1, got '1.5'; leave out the row of what is not kno",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_by_file_line_and_column(mistake, own):
    rows, said = MISTAKES[mistake]
    path = own(HEAD + rows)
    with pytest.raises(FieldError) as error:
        Blueprint(local(f"v100 catalogue={path}"))
    assert str(error.value).startswith(f"device.catalogue: {path}: {said}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; its first line names the columns: device,figure,value,unit,kind,as_of,source"),
        (HEAD.replace("source", "sauce"), "line 1: there is no column 'sauce'; did you mean source?"),
        (HEAD.replace(",source", ""), "line 1: has no column source; name all of figure, value, unit, kind, as_of, "),
        (HEAD.replace("device,", ""), "line 1: has no column device or machine; name whose the figures are"),
        (HEAD.replace("batch", "value"), "line 1: names the column value twice; leave out one"),
        (b"\xff\xfeh\x00", "is not text in UTF-8, but in UTF-16 or UTF-32; save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_table_is_refused(text, said, own):
    with pytest.raises(FieldError) as error:
        Blueprint(local(f"v100 catalogue={own(text)}"))
    assert str(error.value).startswith(f"device.catalogue: {own(text)}: {said}")


def test_a_machine_of_no_device_is_refused(own):
    text = "machine,figure,value,unit,kind,as_of,source\nbox,device,k8O,name,peak,2025-04,us\n"
    with refused(
        f"catalogue: {own(text)}: line 2, column value: there is no device 'k8O'; did you mean k80?, or add its figures"
    ):
        catalogue(str(own(text)))


def test_a_throughput_of_no_model_is_refused(own):
    path = own(HEAD + TIMED.replace("resnet50", "resnet5O"))
    with refused(
        f"device.catalogue: {path}: line 2, column workload: there is no model 'resnet5O'; did you mean resnet50?"
    ):
        Blueprint(local(f"v100 catalogue={path}"))


def test_a_throughput_that_leaves_nothing_beside_the_overhead_is_refused(own):
    path = own(HEAD + TIMED.replace(",64,200", ",1,2000"))
    with refused(
        f"device.catalogue: {path}: line 2, column value: 2000 images/s in mini-batches of 1 is one each 0.0005 s, "
        "less than the 0.001 s that do not depend on the batch; measure with more samples"
    ):
        Blueprint(local(f"named name=edge catalogue={path}"))


def test_what_cannot_be_read_is_refused(own, tmp_path):
    with refused(f"device.catalogue: {tmp_path}/no.csv: cannot be read (No such file or directory); {REMEDY}"):
        Blueprint(local(f"v100 catalogue={tmp_path}/no.csv"))
    with refused(f"device.catalogue: {tmp_path}: cannot be read (Is a directory); {REMEDY}"):
        Blueprint(local(f"v100 catalogue={tmp_path}"))
    path = own()
    with path.open("r+b") as file:
        file.truncate(MOST_BYTES + 1)
    with refused(f"device.catalogue: {path}: has {MOST_BYTES + 1} bytes, expected at most {MOST_BYTES}"):
        Blueprint(local(f"v100 catalogue={path}"))


def test_a_device_that_nobody_lists_is_refused():
    known = "cpu_core, k80, p100, v100, t4, a100, h100, h200, b200, l40s"
    with refused(f"device.name: the catalogue has no device ''; choose one of {known}"):
        Blueprint(local("named"))
    with refused("device.name: the catalogue has no device 'v10'; did you mean v100?"):
        Blueprint(local("named name=v10"))
