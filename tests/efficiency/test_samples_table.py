"""Tables of samples by the batch are read, or refused in one line with file, line, column and remedy."""

import pytest

from sim.efficiency.table import read_table


def test_a_table_is_read(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("samples,batch,results\n1.5e6,256,3\n2000000,1024,\n")
    assert [tuple(each) for each in read_table(file)] == [(256.0, 1.5e6, 3), (1024.0, 2e6, 1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: has no column batch; begin with batch,samples"),
        ("batch,epochs\n", "line 1: has no column samples; begin with batch,samples"),
        ("batch,samples,lr\n", "line 1: 'lr' is no column; there are batch, samples, results"),
        ("batch,samples\n", "has no line; give one for each batch, such as 256,1500000"),
        ("batch,samples\n256\n", "line 2: samples: expected a number of 0.001 to 1e+18, got ''"),
        ("batch,samples\n256,nan\n", "line 2: samples: expected a number of 0.001 to 1e+18, got 'nan'"),
        ("batch,samples\n-1,5\n", "line 2: batch: expected a number of 0.001 to 1e+18, got '-1'"),
        ("batch,samples,results\n1,5,0\n", "line 2: results: expected how many there are, at least 1, got '0'"),
        ("batch,samples\n1,5,6\n", "line 2: has more cells than there are columns; leave out what is too much"),
    ],
)
def test_another_is_refused(tmp_path, text, said):
    file = tmp_path / "t.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"t\.csv") as refused:
        read_table(file)
    assert str(refused.value) == f"{file}: {said}"
