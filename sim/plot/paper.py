"""A whole document around a figure, to be compiled or copied from."""

from __future__ import annotations

from sim.plot.asked import Asked
from sim.plot.latex import escaped
from sim.plot.picture import Picture


def paper(picture: Picture, asked: Asked, has_table: bool) -> str:
    """The LaTeX source of an article of two columns with the figure, its caption, its table and the paragraph.

    Parameters
    ----------
    picture
        The figure.
    asked
        In which widths and formats it is there.
    has_table
        Whether there is a table.
    """
    columns = asked.columns[0]
    star = "" if columns == 1 else "*"
    width = r"\columnwidth" if columns == 1 else r"\textwidth"
    kind = next((each for each in ("pdf", "png") if each in asked.formats), None)
    drawn = (
        rf"\includegraphics[width={width}]{{{picture.file}_{columns}col.{kind}}}"
        if kind
        else f"% {picture.file}_{columns}col.svg: LaTeX takes pdf or png"
    )
    return "\n".join(
        [
            r"\documentclass[twocolumn]{article}",
            r"\usepackage[utf8]{inputenc}",
            r"\usepackage{booktabs,graphicx,siunitx}",
            r"\begin{document}",
            rf"\begin{{figure{star}}}",
            r"  \centering",
            f"  {drawn}",
            rf"  \caption{{{escaped(' '.join(picture.caption))}}}",
            rf"  \label{{fig:{picture.file.replace('_', '-')}}}",
            rf"\end{{figure{star}}}",
            *([rf"\input{{{picture.file}_table}}"] if has_table else []),
            r"\section*{Methods}",
            rf"\input{{{picture.file}_methods}}",
            r"\bibliographystyle{plain}",
            r"\bibliography{paceline}",
            r"\end{document}",
            "",
        ]
    )
