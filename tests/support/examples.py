"""What the examples print when they run as they should."""

from __future__ import annotations

SHOWN = {
    "01-hello": [
        r"add\(2, 3\)\.result                 = 5",
        r"invocations ended .* 100% .*",
        r"30 invocations ended within \S+ s",
        r"sum\(add\.parallelize\(30 pairs\)\)   = 870",
        r"the runner and the server have ended; nothing is left behind",
    ],
    "02-fan-out": [
        r"left out: \[Errno 2\] No such file or directory: 'pages/lost\.html'",
        r"pages .* 100% .*",
        r"5 pages in the order of the files: Bread, Flour, Salt, Water, Wheat",
        r"most frequent: bread 7, flour 6, from 5",
        r"most linked: flour\.html",
    ],
    "03-nested-results": [
        r"a bicycle costs 259\.40",
        r"11 invocations on one worker, the deepest four levels down",
    ],
    "04-concurrency-control": [
        r"bookings at once: 1 of an account, [123] of all",
        r"calls to the bank at once: [12]",
        r"10 calls for a report are 1 invocation: report of ada",
        r"stocktaking: CONCURRENCY_CONTROLLED_FINAL, CONCURRENCY_CONTROLLED_FINAL, SUCCESS",
    ],
    "05-retries-and-dead-letters": [
        r"reserved 2 x lamp at attempt 3",
        r"printed the label of order 7 at attempt 2",
        r"gave up: ConnectionError\('the warehouse does not answer about a clock'\) at attempt 2",
        r"taken in: \['order 8: 4 x chair', JSONDecodeError\(.*\)\]",
        r"\S+ +tasks\.take_in .* JSONDecodeError: .*",
        r"\S+ +tasks\.reserve .* ConnectionError: .*",
        r"\S+ runs again as \S+",
        r"after the file was mended: \['order 9: 1 x table'\]",
    ],
    "06-async-tasks": [
        r"prices .* 100% .*",
        r"40 requests of 0\.2 s on two workers took [0-3]\.\d s, and not 4\.0 s",
        r"chair: 10\.58 at shop 7",
        r"chair 10\.58; clock 11\.37; lamp 10\.26; table 10\.46",
    ],
    "07-own-component": [
        r"NewestFirstBroker keeps the order of work",
        r"handed in: Rain is expected, The rain has begun, The river is high, The sun is back",
        r"read:      The sun is back, The river is high, The rain has begun, Rain is expected",
    ],
    "11-scale-to-zero": [
        r"12 pictures: the first after \d+\.\d s, the last after \d+\.\d s",
        r"in the end: picture 12, developed",
    ],
}
"""Patterns of whole lines, in this order, with others between; by the name of the folder."""
