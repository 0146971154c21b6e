"""Faults that really happen, one named test each; nothing lost and nothing twice.

Where an earlier test does the fault already it is named here and not done again.

| fault | what happens | test |
|---|---|---|
| F-01 | Redis down | test_redis.py; API: tests/api/test_edge.py::test_f01_redis_down_api_answers |
| F-02 | Redis silent | test_redis.py; API: tests/api/test_edge.py::test_f02_redis_silent_api_answers_within_three_seconds |
| F-03 | database restarts under kept connections | test_database.py; a killed server: tests/house/test_server.py::test_killed_database_is_started_again |
| F-04 | database down | test_database.py |
| F-05 | database silent | test_database.py |
| F-06 | worker's child killed in a load | test_worker.py |
| F-07 | whole worker killed | test_worker.py |
| F-08 | a message delivered twice at once | test_worker.py |
| F-09 | two beats | test_beats.py |
| F-10 | worker loses the broker | test_worker.py |
| F-11 | source answers 500, 503 | tests/sources/test_session.py::test_fetch_tries_three_times_when_a_fault_may_pass, tests/loaders/test_alert_loads.py::test_a_fault_leaves_what_was_there_and_says_why |
| F-12 | time-out, slow drip | tests/sources/test_session.py::test_fetch_ends_a_slow_drip_at_its_budget, ::test_fetch_repeats_after_a_time_out, ::test_fetch_does_not_wait_beyond_its_budget |
| F-13 | HTML for data | tests/sources/test_session.py::test_an_html_error_page_is_shown_as_it_came, tests/loaders/test_geobosques_pipeline.py::test_a_service_in_maintenance_changes_nothing |
| F-14 | half a file with its length | tests/sources/test_session.py::test_fetch_notices_a_short_body |
| F-15 | half a file without length | tests/sources/test_geobosques.py::test_no_half_of_the_official_file_is_ever_accepted |
| F-16 | gzip bomb, redirect inside | tests/sources/test_session.py::test_fetch_stops_at_the_size_limit, ::test_fetch_follows_no_redirect_to_elsewhere, tests/sources/test_addresses.py |
| F-17 | repeated rows, other columns | tests/sources/test_geobosques.py::test_the_whole_file_is_refused_with_row_column_and_reason |
| F-18 | history rewritten or taken back | tests/loaders/test_geobosques_pipeline.py::test_changed_history_waits_for_a_person_and_keeps_the_old_version, ::test_a_retracted_year_is_held_and_withdrawn_only_when_published |
| F-19 | database's disk full | test_disk.py: a server of its own whose files may not grow beyond a size |
| F-20 | disk full when a file is kept | test_disk.py: this process's files may not grow beyond a size |
"""  # noqa: E501
