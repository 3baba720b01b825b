from sandbox.commands.summary import observability, services, spark


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


def test_a_service_is_named_with_its_address_and_the_way_a_browser_finds_it() -> None:
    found = [{"team": "lab", "name": "dashboard", "url": "https://dashboard.dev.example.com"}]
    title, heads, row, way, _ = services(found, {"address": "10.0.0.7"})
    assert title == "Services"
    assert heads.split() == ["TEAM", "SERVICE", "ADDRESS"]
    assert row.split() == ["lab", "dashboard", "https://dashboard.dev.example.com"]
    assert "10.0.0.7" in way
    assert services([], {}) == []


def test_what_watches_is_named_with_its_login_and_never_with_a_password() -> None:
    found = {
        "prometheus": {"address": "10.96.0.7", "port": 9090, "login": "platform-observability/prometheus-login"},
        "collector": "https://collector.example.com",
    }
    title, heads, row, _ = observability(found)
    assert (title, heads.split()) == ("Observability", ["SERVER", "ADDRESS", "LOGIN"])
    assert row.split() == ["prometheus", "https://10.96.0.7:9090", "-n", "platform-observability", "prometheus-login"]
    assert observability({}) == []
