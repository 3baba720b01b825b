from transforms.runtime.stagings import LONGEST_NAME, RUN, staging_of

ID = "0123456789ab"


def test_a_staging_is_named_by_its_table_and_run() -> None:
    assert staging_of("cases", ID) == "cases__staging_0123456789ab"


def test_the_staging_of_a_long_name_is_one_that_postgresql_holds_whole_and_no_other_table_has() -> None:
    names = ["x" * length for length in range(38, LONGEST_NAME + 1)]
    names += ["ä" * length for length in range(19, 32)]
    stagings = [staging_of(name, ID) for name in names]
    assert max(len(each.encode()) for each in stagings) <= LONGEST_NAME
    assert len(set(stagings)) == len(names)
    assert all(each.endswith(f"__staging_{ID}") for each in stagings)


def test_a_runs_id_has_the_length_that_its_stagings_are_found_by() -> None:
    assert len(ID) == RUN
