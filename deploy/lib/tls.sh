# shellcheck shell=bash
# Sourced by deploy/stack: a certificate authority of the stack's own, and the certificate that its servers show.

tls_directory=$stack/tls
authority=$tls_directory/authority.pem

# Made once and kept through `reset`, like the rest of the stack's identity. The authority's key is thrown away:
# what trusts the authority trusts these two servers and nothing that could be made later.
make_certificates() {
    [[ ! -d $tls_directory ]] || return 0
    local new=$tls_directory.new key=(-newkey ec -pkeyopt 'ec_paramgen_curve:prime256v1' -nodes)
    rm -rf "$new"
    mkdir "$new"
    (
        umask 077
        cd "$new"
        openssl req -x509 "${key[@]}" -days 3650 -subj "/CN=authority of $name" -keyout authority.key \
            -addext 'keyUsage=critical,keyCertSign' -out authority.pem
        # The name for librabbitmq, which knows no addresses; the address for whoever connects to 127.0.0.1.
        echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' >extensions
        openssl req "${key[@]}" -subj '/CN=localhost' -keyout server.key -out request.pem
        openssl x509 -req -in request.pem -CA authority.pem -CAkey authority.key -days 3650 \
            -extfile extensions -out server.pem
        rm authority.key request.pem extensions
    ) >"$stack/tls.log" 2>&1 || {
        cat "$stack/tls.log" >&2
        die "openssl could not make the certificates; see above"
    }
    # Moved there whole: an interrupted start leaves nothing half made.
    mv "$new" "$tls_directory"
}

# A path as a part of a URL.
encoded() { /usr/bin/python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1]))' "$1"; }
