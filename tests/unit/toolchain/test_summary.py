from sandbox.commands.summary import spark


def test_the_summary_says_how_a_job_is_run_by_hand() -> None:
    found = [{"team": "lab", "namespace": "lab-spark", "jobs": {"nightly": "0 4 * * *", "once": ""}}]

    title, workspace, nightly, once, _ = spark(found)

    assert title == "Spark"
    assert "kubectl -n lab-spark port-forward service/spark-history 18080" in workspace
    assert nightly.split(";")[0].split() == ["job", "nightly", "0", "4", "*", "*", "*"]
    run = r"kubectl -n lab-spark get configmap job-once -o jsonpath='{.data.application\.yaml}' | kubectl create -f -"
    assert once.endswith(f"by hand alone; now: {run}")


def test_without_a_workspace_it_says_nothing_of_spark() -> None:
    assert spark([]) == []
