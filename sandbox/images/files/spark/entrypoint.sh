#!/bin/bash
# What a pod of Spark on Kubernetes runs. Spark starts it as `driver` or `executor` with the variables that its
# KubernetesConf sets; anything else is a command of a person's own.
set -euo pipefail

# jars that the image adds, a job's own configuration, and what a driver put into the working folder
classpath=${SPARK_CONF_DIR:-$SPARK_HOME/conf}:${SPARK_CLASSPATH:+$SPARK_CLASSPATH:}$SPARK_HOME/jars/*
classpath+=${SPARK_EXTRA_CLASSPATH:+:$SPARK_EXTRA_CLASSPATH}:$PWD
if [ -n "${HADOOP_CONF_DIR:-}" ]; then
    classpath=$HADOOP_CONF_DIR:$classpath
fi

case "${1:-}" in
driver)
    shift
    exec tini -s -- "$SPARK_HOME/bin/spark-submit" \
        --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" \
        --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS" \
        --deploy-mode client "$@"
    ;;
executor)
    options=()
    # Spark numbers the options of an executor's Java: SPARK_JAVA_OPT_0, SPARK_JAVA_OPT_1, …
    for variable in "${!SPARK_JAVA_OPT_@}"; do
        options+=("${!variable}")
    done
    exec tini -s -- "$JAVA_HOME/bin/java" ${options[@]+"${options[@]}"} \
        "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" -cp "$classpath" \
        org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
        --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" \
        --app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP" \
        --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME"
    ;;
*)
    exec "$@"
    ;;
esac
