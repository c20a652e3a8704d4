"""How sure figures are: intervals, pairs, censored times; the statistics of a simulator whose seeds can be shared.

Student's t covers what it says for as few as five seeds where times scatter by 30 % or less, also where a fifth of them
is cut off at a bound; a percentile bootstrap of five values covers 81 to 84 % instead of 95 (``benchmarks/evidence.py``
prints both).
"""
