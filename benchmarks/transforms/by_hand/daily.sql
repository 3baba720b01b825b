SELECT
    continent, trunc(date, 'MM') AS month,
    sum(new_cases) AS cases,
    sum(new_deaths) AS deaths,
    sum(new_tests) AS tests,
    max(total_cases) AS known,
    max(stringency_index) AS strictest,
    min(tests_units) AS units,
    avg(smoothed / population * 1000000) AS per_million,
    count(*) AS days
FROM (
    SELECT d.*, p.continent, p.population,
        avg(new_cases) OVER (PARTITION BY d.iso_code ORDER BY date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS smoothed
    FROM daily d JOIN places p ON d.iso_code = p.iso_code
    WHERE d.iso_code NOT LIKE 'OWID%' AND new_cases >= 0
) AS smooth
GROUP BY continent, month
