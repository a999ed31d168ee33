#!/bin/sh
# Sessions by curl. Start a server first:
#     jupyter livens serve --token secret
#     LIVENS_TOKEN=secret sh examples/server/curl.sh
set -eu
url=${LIVENS_URL:-http://127.0.0.1:8765}
a="demo-a-$$"
b="demo-b-$$"

call() {
    method=$1 path=$2
    shift 2
    curl --silent --show-error --fail-with-body --no-buffer --request "$method" \
        --header "Authorization: token ${LIVENS_TOKEN:-}" "$@" "$url/$path"
    echo
}

echo "# Whether the server answers"
call GET health

echo "# Run code in one session, and look for its variable in another"
call POST "execute/$a" --data '{"code": "x = 42\nprint(f\"x = {x}\")"}'
call POST "execute/$b" --data '{"code": "x"}'

echo "# Output and changes of variables, as they come"
call POST "execute-stream/$a" \
    --data '{"code": "for n in range(3):\n    print(n)", "variables": true}'

echo "# The variables"
call GET "variables/$a/x"
call PUT "variables/$a/x" --data '{"expression": "x + 1"}'

echo "# Empty the namespace"
call POST "reset/$a"
call POST "execute/$a" --data '{"code": "x"}'

call DELETE "sessions/$a"
call DELETE "sessions/$b"
