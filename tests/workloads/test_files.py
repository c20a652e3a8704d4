"""Models from files: what is read of each format, and what is refused in one line."""

import json
from contextlib import suppress

import pytest
from experiments import experiment, option, simulated
from made_up_files import all_reduce, aten, chakra_node, chakra_trace, pytorch_trace, safetensors
from refusals import refused

from sim.cluster.blueprint import Blueprint
from sim.workloads.file import REMEDY, File
from topologies.field_error import FieldError

CSV = 'name,shape,flops\nconv.weight,8x3x3x3,1000\nconv.bias,8,0\nfc.weight,"[10, 72]",1440\n'


@pytest.fixture
def written(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def table(path, **fields):
    return File(path=str(path), **fields).table


# -- tables of layers


def test_a_csv_has_a_row_for_each_tensor(written):
    found = table(written("net.csv", CSV))
    assert [tuple(row) for row in found.rows] == [
        ("conv.weight", (8, 3, 3, 3), 1000.0),
        ("conv.bias", (8,), 0.0),
        ("fc.weight", (10, 72), 1440.0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "name;parameters;multiply_adds\na;100;7\nb;50;3\n",
        "layer\tName\tbytes\tflops\n1\ta\t400\t14\n2\tb\t200\t6\n",
        "\ufeffname,shape,parameters,flops,more\na,10x10,1,14,\n\nb,50,1,6,x\n",
    ],
)
def test_columns_may_say_it_in_other_words(written, text):
    found = table(written("net.csv", text))
    assert [(row.name, row.size, row.flops) for row in found.rows] == [("a", 100, 14.0), ("b", 50, 6.0)]


def test_a_table_of_a_preset_costs_what_the_preset_does(written):
    preset = option("workload", "resnet18")
    lines = [f"{row.name},{'x'.join(map(str, row.shape))},{row.flops!r}" for row in preset.table.rows]
    path = written("resnet18.csv", "\n".join(["name,shape,flops", *lines]))
    fields = {"workers": 4, "until": "updates=3", "device": "v100"}
    summaries = [simulated("allreduce", workload=one, **fields).summary for one in (preset, f"file path={path}")]
    assert summaries[0].virtual_seconds == summaries[1].virtual_seconds
    assert summaries[0].bytes_sent == summaries[1].bytes_sent


def test_arithmetic_that_is_given_is_shared_as_the_file_says_or_by_elements(written):
    by_file = table(written("net.csv", CSV), flops_per_sample=4880.0)
    assert [row.flops for row in by_file.rows] == [2000.0, 0.0, 2880.0]
    sizes = table(written("sizes.csv", "name,parameters\na,30\nb,10\n"), flops_per_sample=400.0)
    assert [row.flops for row in sizes.rows] == [300.0, 100.0]


# -- headers of weights


def test_safetensors_are_sorted_by_name_and_number_and_parameters_alone_are_kept(written):
    entries = {
        "layer.10.weight": ("BF16", [4, 4]),
        "layer.2.weight": ("F32", [2, 3]),
        "bn.running_mean": ("F32", [7]),
        "bn.num_batches_tracked": ("I64", []),
        "position_ids": ("I64", [1, 512]),
    }
    workload = File(path=str(written("m.safetensors", safetensors(entries))), flops_per_sample=1e6)
    assert [(row.name, row.shape) for row in workload.table.rows] == [
        ("layer.2.weight", (2, 3)),
        ("layer.10.weight", (4, 4)),
    ]
    (remark,) = workload.remarks()
    assert remark.endswith(
        "2 tensors, kept in BF16/F32 and sent as workload.precision says, in the order of their names, as the file "
        "does not say that of the forward pass; "
        "3 that are no parameters left out"
    )


# -- traces


def chakra(written, measured):
    # 3 units of forward, then backward of the last tensor (2) and of the one before it (4): 9 in all.
    costs = [3, 2, 4]
    compute = [
        chakra_node(n, "op", 4, micros=1000 * cost if measured else 0, num_ops=600 * cost)
        for n, cost in enumerate(costs)
    ]
    nodes = [
        *compute[:2],
        chakra_node(8, "last", 7, comm_type=0, comm_size=400),
        chakra_node(9, "shards", 7, comm_type=2, comm_size=4000),  # an all-gather is none of the gradient's
        compute[2],
        chakra_node(10, "first", 7, comm_type=0, comm_size=800),
    ]
    return written("step.et", chakra_trace(*nodes))


def test_a_chakra_trace_has_what_is_all_reduced_from_the_last_tensor_to_the_first(written):
    found = table(chakra(written, measured=False), samples=2)
    assert [(row.name, row.size) for row in found.rows] == [("1.first", 200), ("0.last", 100)]
    # 9 x 600 FLOP of a gradient are 1800 of a forward pass, 900 a sample; a third was forward, and of the other two
    # thirds 2 : 4 belong to the last tensor and the first.
    assert [row.flops for row in found.rows] == pytest.approx([600.0, 300.0], rel=1e-12)
    assert found.seconds is None


def test_measured_times_of_a_trace_are_the_compute_time_whatever_the_device(written):
    path = chakra(written, measured=True)
    workload = f"file path={path} samples=2"
    for device in ("v100", "cpu_core"):
        blueprint = Blueprint(experiment("allreduce", workers=2, batch=4, workload=workload, device=device))
        assert blueprint.seconds == pytest.approx(2 * 9e-3, rel=1e-12)  # 9 ms for two samples
    fields = {"workload": workload, "device": "v100", "problem": "none samples=None"}
    notices = simulated("allreduce", workers=2, until="updates=1", **fields).notices
    assert notices[0] == "device=v100 has no effect: workload=file says how long a gradient takes"
    assert notices[1].endswith("2 all-reduces are the tensors, from the last to the first; with compute times")


def test_a_bucket_of_a_trace_is_ready_when_it_was_there(written):
    path = chakra(written, measured=True)
    blueprint = Blueprint(experiment("allreduce bucket_bytes=0", workers=2, workload=f"file path={path} samples=1"))
    assert [bucket.nbytes for bucket in blueprint.buckets] == [400.0, 800.0]
    assert [bucket.ready for bucket in blueprint.buckets] == pytest.approx([5 / 9, 1.0], rel=1e-12)


def test_a_pytorch_trace_counts_products_and_convolutions(written):
    nodes = [
        aten(3, "convolution", [[4, 3, 8, 8], [16, 3, 3, 3]], [[4, 16, 8, 8]]),
        aten(4, "addmm", [[10], [4, 16], [16, 10]], [[4, 10]]),
        aten(5, "relu", [[4, 10]], [[4, 10]]),
        aten(6, "mm", [[10, 4], [4, 16]], [[10, 16]]),
        all_reduce(7, 170),
        aten(8, "convolution_backward", [[4, 16, 8, 8], [4, 3, 8, 8], [16, 3, 3, 3]], [[4, 3, 8, 8], [16, 3, 3, 3]]),
        all_reduce(9, 864, dtype="Half"),
    ]
    found = table(written("trace.json", pytorch_trace(*nodes)), samples=4)
    assert [row.size for row in found.rows] == [432, 170]
    # Multiply-adds: 4 x 16 x 64 x 27 forwards, twice that backwards; 4 x 16 x 10 in either product.
    convolution, product = 4 * 16 * 64 * 27, 4 * 16 * 10
    assert found.flops == pytest.approx(2 * (3 * convolution + 2 * product) / 3 / 4, rel=1e-12)


def test_fused_attention_is_counted_and_a_collective_once(written):
    inner = all_reduce(8, 10) | {"ctrl_deps": 7}  # the backend's record of the same collective
    query = [2, 4, 16, 8]  # 2 samples, 4 heads, 16 tokens, 8 features
    nodes = [
        aten(5, "_scaled_dot_product_flash_attention", [query, query, query], [query]),
        aten(6, "_scaled_dot_product_flash_attention_backward", [query, query, query, query], [query, query, query]),
        all_reduce(7, 10),
        inner,
    ]
    found = table(written("trace.json", pytorch_trace(*nodes)), samples=2)
    assert [row.size for row in found.rows] == [10]
    # Two products of 16 x 16 x 32 a sample forwards, four backwards: a third of six is two.
    assert found.flops == pytest.approx(2 * 2 * 16 * 16 * 32, rel=1e-12)


def test_what_a_host_does_beside_its_device_costs_nothing(written):
    nodes = [
        chakra_node(1, "launch", 4, micros=500, is_cpu_op=1),
        chakra_node(2, "kernel", 4, micros=900, is_cpu_op=0),
        chakra_node(3, "gradients", 7, comm_size=400),
    ]
    assert table(written("a.et", chakra_trace(*nodes)), samples=1).seconds == pytest.approx(900e-6)
    assert table(written("b.et", chakra_trace(nodes[0], nodes[2])), samples=1).seconds == pytest.approx(500e-6)


# -- what is refused, in one line


def said(written, name, content, **fields):
    with pytest.raises(FieldError) as error:
        Blueprint(experiment("allreduce", workload=File(path=str(written(name, content)), **fields)))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", "layer,shape\nx,3\n", "has no column name, only layer, shape"),
        ("a.csv", "name,flops\nx,3\n", "has no column shape, parameters or bytes, only name, flops"),
        ("a.csv", "", "has no column name, only nothing"),
        ("a.csv", "name,shape\n", "has no tensors"),
        ("a.csv", "name,shape\nx,3x?\n", "line 2: shape is '3x?', expected whole numbers such as 64x3x7x7"),
        ("a.csv", "name,shape,flops\nx,3,-1\n", "line 2: flops is '-1', expected a number from 0 to below 1e18"),
        ("a.csv", "name,bytes\nx,3\n", "line 2: bytes is '3', which is no whole number of elements"),
        ("a.csv", "name,shape,flops\nx,3\n", "line 2: flops is '', expected a number from 0 to below 1e18"),
        ("a.csv", b"name,shape\n\xff\xfe,3\n", "is not text in UTF-8"),
        ("a.safetensors", b"\x03", "does not begin with the length of a safetensors header"),
        ("a.safetensors", b"\xff" * 20, "does not begin with the length of a safetensors header"),
        ("a.safetensors", safetensors({"w": ("F32", [3])})[:-9], "is truncated: the header has"),
        ("a.safetensors", (4).to_bytes(8, "little") + b"[1,2", "has a header that is not JSON"),
        ("a.safetensors", (4).to_bytes(8, "little") + b"[12]", "has a header that is not a table of tensors"),
        ("a.safetensors", safetensors({"w": ("F32", [-3])}), "has no shape and dtype of the tensor 'w'"),
        ("a.safetensors", safetensors({"w": ("I64", [3])}), "has no tensors of floating-point numbers"),
        ("a.et", b"", "is empty"),
        ("a.et", b"\x05\x0a\x03", "is truncated at byte 3"),
        ("a.et", chakra_trace(chakra_node(1, "op", 4, num_ops=3))[:-1], "is truncated at byte"),
        ("a.et", chakra_trace(chakra_node(1, "op", 4, num_ops=3)), "has no all-reduce of gradients"),
        ("a.et", b"not a trace", "is truncated at byte 11"),
        ("a.json", "{", "is not JSON, or truncated"),
        ("a.json", "[]", "has no nodes of schema 1, as PyTorch's"),
        ("a.json", pytorch_trace(aten(3, "mm", [[]], [])), "node 3: aten::mm without the shapes of its inputs"),
        ("a.json", pytorch_trace(all_reduce(3, 5, "Long")), "node 3: an all-reduce without in_msg_nelems and dtype"),
        ("a.pt", "", "has a name that ends in none of .csv, .safetensors, .onnx, .et, .json"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(written, name, content, what):
    message = said(written, name, content)
    assert message.startswith("workload.path: ")
    assert f"{name}: {what}" in message
    assert message.endswith(REMEDY)


def test_what_a_file_does_not_say_must_be_given(written):
    weights = safetensors({"w": ("F32", [3])})
    assert said(written, "a.safetensors", weights).endswith(
        "a.safetensors does not say what its tensors compute, got null; give forward FLOP"
    )
    trace = chakra_trace(chakra_node(1, "op", 4, num_ops=3), chakra_node(2, "g", 7, comm_size=4))
    assert said(written, "a.et", trace) == (
        "workload.samples: a trace is of one gradient, got null; give the samples of its mini-batch"
    )
    assert (
        said(written, "a.csv", CSV, samples=3) == "workload.samples: only a trace is of a mini-batch, got 3; give null"
    )


def test_a_file_that_is_not_there_or_not_given_is_refused(tmp_path):
    with refused(f"workload.path: no file is given; {REMEDY}"):
        Blueprint(experiment("allreduce", workload="file"))
    path = tmp_path / "none.csv"
    with refused(f"workload.path: {path}: cannot be read (No such file or directory); {REMEDY}"):
        Blueprint(experiment("allreduce", workload=f"file path={path}"))


@pytest.mark.parametrize("size", [0, 1, 7, 20, 60, 150])
@pytest.mark.parametrize("name", ["a.et", "a.safetensors", "a.json", "a.csv"])
def test_wherever_a_file_ends_early_it_is_refused_or_read(written, name, size):
    whole = {
        "a.et": chakra_trace(*(chakra_node(n, "op", 4, num_ops=3) for n in range(9))),
        "a.safetensors": safetensors({"weight": ("F32", [3, 5]), "bias": ("F32", [3])}),
        "a.json": pytorch_trace(all_reduce(3, 5), all_reduce(4, 6)),
        "a.csv": CSV,
    }[name]
    content = whole if isinstance(whole, bytes) else whole.encode()
    workload = File(path=str(written(name, content[:size])), flops_per_sample=1.0)
    with suppress(FieldError):  # and nothing else
        workload.check()


def test_json_of_something_else_is_none(written):
    assert "has no nodes of schema 1" in said(written, "a.json", json.dumps({"schema": "2.0", "nodes": []}))


def test_a_device_of_its_own_has_its_overhead(written):
    blueprint = Blueprint(
        experiment("allreduce", batch=2, workload=f"file path={written('n.csv', CSV)}", device="v100")
    )
    assert blueprint.seconds == 1e-3 + 2 * 3 * 2440 / (15.7e12 * 0.5)  # nobody has measured a model of one's own
