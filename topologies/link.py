"""What every link has: the range checks of its bandwidth and latency."""

from __future__ import annotations

from topologies.ranges import check


def check_link(bandwidth: float, latency: float) -> None:
    """Refuse a link that no network has, in SI units.

    Parameters
    ----------
    bandwidth
        In each direction (B/s), > 0 and finite.
    latency
        In seconds, >= 0 and finite.

    Raises
    ------
    FieldError
        If one is out of range.
    """
    check("bandwidth", bandwidth, "give the B/s of one link and direction", above=0)
    check("latency", latency, "give the seconds of one link", at_least=0)


def check_link_fields(bandwidth_gbps: float, latency_us: float) -> None:
    """Refuse a link that no network has, in the units of config fields.

    Parameters
    ----------
    bandwidth_gbps
        In each direction (Gb/s), > 0 and finite.
    latency_us
        In microseconds, >= 0 and finite.

    Raises
    ------
    FieldError
        If one is out of range.
    """
    check("bandwidth_gbps", bandwidth_gbps, "give the Gb/s of one link, or choose network=ideal for no limit", above=0)
    check("latency_us", latency_us, "give the microseconds of one link", at_least=0)
