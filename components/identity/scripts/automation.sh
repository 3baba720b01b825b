# Hands the administration over: from whoever the first start made to the account through which the engine manages the
# realm, which may make realms and manage those that it made. Then the first one is removed. May run any number of times.
#
# SERVER: Keycloak's URL. REALM: the platform's realm, which an older administrator may have made.
# KEYS: the folder with client-id, client-secret, bootstrap-secret and ca.crt. WORK: a folder in memory.
# Secrets go by files, standard input and a program's own environment; no argument list holds one.

BOOTSTRAP=platform-bootstrap
AUTOMATION=$(cat "$KEYS/client-id")
ACCOUNT="service-account-$AUTOMATION"
LOGIN="$WORK/kcadm.config"
export KC_OPTS="-Xmx128m -XX:TieredStopAtLevel=1"

fail() {
    echo "keycloak-automation: $*" >&2
    exit 1
}

kcadm() {
    command=$1
    shift
    "$HOME_OF_KEYCLOAK/bin/kcadm.sh" "$command" "$@" --config "$LOGIN"
}

# A server is who the platform's authority says, and nobody else. The JVM is told so and not kcadm: with a truststore of
# its own, kcadm 26.7 believes whoever shows a single certificate, as if it were self-signed. The file holds certificates
# alone, so its password is none.
trust() {
    rm -f "$WORK/trust.p12"
    "${JAVA_HOME:+$JAVA_HOME/bin/}keytool" -importcert -noprompt -alias platform -file "$KEYS/ca.crt" \
        -keystore "$WORK/trust.p12" -storetype PKCS12 -storepass certificates-only >/dev/null 2>&1 ||
        fail "the authority's certificate in $KEYS/ca.crt cannot be read"
    KC_OPTS="$KC_OPTS -Djavax.net.ssl.trustStore=$WORK/trust.p12 -Djavax.net.ssl.trustStoreType=PKCS12"
    KC_OPTS="$KC_OPTS -Djavax.net.ssl.trustStorePassword=certificates-only"
}

# 0: logged in. 1: the server knows no such login. Anything else ends the run, and the job begins anew.
log_in() {
    kind=$1 name=$2 secret=$3
    rm -f "$LOGIN"
    case $kind in
    client)
        KC_CLI_CLIENT_SECRET=$(cat "$KEYS/$secret") kcadm config credentials \
            --server "$SERVER" --realm master --client "$name" >"$WORK/said" 2>&1 && return 0
        ;;
    user)
        KC_CLI_PASSWORD=$(cat "$KEYS/$secret") kcadm config credentials \
            --server "$SERVER" --realm master --user "$name" >"$WORK/said" 2>&1 && return 0
        ;;
    esac
    # Keycloak's image has little more than a shell and its coreutils.
    case $(cat "$WORK/said") in *invalid_client* | *unauthorized_client* | *invalid_grant*) return 1 ;; esac
    cat "$WORK/said" >&2
    fail "$SERVER cannot be asked"
}

identifier() { # of the client or user with this name, empty without one
    kcadm get "$1" -r master -q "$2=$3" -q exact=true --fields id --format csv --noquotes
}

# The account as it should be, whatever is there.
make_account() {
    printf '%s' "{
        \"clientId\": \"$AUTOMATION\", \"name\": \"Automation\", \"secret\": \"$(cat "$KEYS/client-secret")\",
        \"description\": \"Through which the engine manages the realm.\",
        \"enabled\": true, \"publicClient\": false, \"serviceAccountsEnabled\": true, \"standardFlowEnabled\": false,
        \"implicitFlowEnabled\": false, \"directAccessGrantsEnabled\": false, \"redirectUris\": [], \"webOrigins\": []
    }" >"$WORK/client.json"
    id=$(identifier clients clientId "$AUTOMATION")
    if [ -n "$id" ]; then
        kcadm update "clients/$id" -r master -f "$WORK/client.json"
    else
        kcadm create clients -r master -f "$WORK/client.json"
    fi
    rm -f "$WORK/client.json"
    # Whoever makes a realm may manage that one and no other.
    kcadm add-roles -r master --uusername "$ACCOUNT" --rolename create-realm
}

# A realm that another administrator made: what its maker would have been given, which is not to act as its people.
take_over_realm() {
    [ -n "$(identifier clients clientId "$REALM-realm")" ] || return 0
    set --
    for role in $(kcadm get-roles -r master --cclientid "$REALM-realm" --fields name --format csv --noquotes); do
        [ "$role" = impersonation ] || set -- "$@" --rolename "$role"
    done
    kcadm add-roles -r master --uusername "$ACCOUNT" --cclientid "$REALM-realm" "$@"
}

remove_bootstrap() {
    case $1 in
    client) kcadm delete "clients/$(identifier clients clientId "$BOOTSTRAP")" -r master ;;
    user) kcadm delete "users/$(identifier users username "$BOOTSTRAP")" -r master ;;
    esac
    echo "keycloak-automation: the $1 $BOOTSTRAP is removed"
}

# The first versions of the platform had a user where there is a client now.
trust
for kind in client user; do
    if log_in "$kind" "$BOOTSTRAP" bootstrap-secret; then
        make_account
        take_over_realm
        remove_bootstrap "$kind"
    fi
done
log_in client "$AUTOMATION" client-secret ||
    fail "neither $AUTOMATION nor $BOOTSTRAP can log in at $SERVER. If their secrets were lost or the database restored" \
        "from before a rotation, make $BOOTSTRAP anew and run this again (docs/identity.md, \"Locked out\")."
echo "keycloak-automation: $AUTOMATION administers"
