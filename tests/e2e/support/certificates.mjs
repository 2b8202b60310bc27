// Certificates that sign themselves, made by `openssl`.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Makes cert.pem and key.pem in `folder` (again): {cert, key} are their files, `serial` is in hexadecimal. */
export function makeCertificate(folder, { names = 'DNS:localhost,IP:127.0.0.1', name = '' } = {}) {
  const cert = join(folder, `${name}cert.pem`)
  const key = join(folder, `${name}key.pem`)
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=starling test', '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', cert], { stdio: 'pipe' })
  const serial = execFileSync('openssl', ['x509', '-in', cert, '-noout', '-serial'], { encoding: 'utf8' }).trim().split('=')[1]
  return { cert, key, serial, ca: readFileSync(cert) }
}
