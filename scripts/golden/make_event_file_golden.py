#!/usr/bin/env python3
"""Writes tests/golden/report/reference.tfevents with TensorBoard's own code, for tests/report/event_file_test.cpp.

Needs: pip install tensorboard==2.21.0
Run from the root of the repository: python3 scripts/golden/make_event_file_golden.py
"""

import pathlib

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


def scalar(tag, step, value, wall_time):
    point = Summary.Value(tag=tag, simple_value=value)
    return Event(wall_time=wall_time, step=step, summary=Summary(value=[point]))


def main():
    start = SessionLog(status=SessionLog.START)
    events = [
        Event(wall_time=1700000000.25, file_version="brain.Event:2"),
        Event(wall_time=1700000001.0, step=100, session_log=start),
        scalar("train/loss", 100, 6.25, 1700000002.5),
        scalar("valid/bleu", 123456789012, 27.31, 1700000003.75),
        scalar("valid/bleu", 300, float("inf"), 1700000004.0),
        scalar("t" * 300, 1, -1e-7, 1700000005.0),
    ]
    with open("tests/golden/report/reference.tfevents", "wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())


if __name__ == "__main__":
    main()
