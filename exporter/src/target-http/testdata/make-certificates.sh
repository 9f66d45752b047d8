#!/bin/sh
# Makes the certificates of the tests: a certificate authority, a server (localhost, 127.0.0.1) and a client.
set -e
cd "$(dirname "$0")"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -keyout ca.key -out ca.crt -subj '/CN=Leakline test authority'
for who in server client; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $who.key -out $who.csr -subj "/CN=$who"
  echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' > $who.ext
  openssl x509 -req -in $who.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 36500 -extfile $who.ext -out $who.crt
done
rm -f ca.key ca.srl ./*.csr ./*.ext
