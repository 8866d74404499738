"""What neo's own tests check of each of its readers, checked of ours."""

from neo.test.rawiotest import rawio_compliance

SPIKE_TIMES = rawio_compliance.read_spike_times
"""Wants the second spike of each unit to be alone for a millisecond."""

CHECKS = (
    rawio_compliance.header_is_total,
    rawio_compliance.check_signal_stream_buffer_hierachy,
    rawio_compliance.count_element,
    rawio_compliance.read_analogsignals,
    SPIKE_TIMES,
    rawio_compliance.read_spike_waveforms,
    rawio_compliance.read_events,
    rawio_compliance.has_annotations,
)


def complies(reader, without=()):
    """Run all of neo's checks on a parsed reader, but some."""
    for check in CHECKS:
        if check not in without:
            check(reader)
