import type { ListenOptions } from '../contract/listen-options.ts'

/** Says in one sentence why a port could not be listened on, and what to do. */
export const explainListenFailure = (
  error: unknown,
  rtmp: Partial<ListenOptions> | false | undefined,
): string => {
  const { code, port, path } = (error ?? {}) as { code?: string; port?: number; path?: string }
  const message = error instanceof Error ? error.message : String(error)
  if (path !== undefined)
    return `Cannot read ${path}: ${message}; correct rtmps.cert, rtmps.key or rtmps.pfx.`
  const host = rtmp === false ? undefined : rtmp?.host
  const isRtmp = rtmp !== false && (port === undefined || port === rtmp?.port)
  const flag = isRtmp ? '--rtmp-port' : 'the option that sets it (--http-port, --rtmps-port or listeners)'
  const where = `port ${port ?? (rtmp === false ? '' : (rtmp?.port ?? ''))}${host === undefined ? '' : ` of ${host}`}`
  switch (code) {
    case 'CERTIFICATE_UNUSABLE':
      return `${message}; correct rtmps.cert and rtmps.key, rtmps.pfx, or rtmps.passphrase.`
    case 'EADDRINUSE':
      return `Another program listens on ${where} already; stop it, or choose another port with ${flag}.`
    case 'EACCES':
    case 'EPERM':
      return `This user may not listen on ${where}; choose a port above 1023 with ${flag}.`
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${host ?? ''}; choose another one with --host.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${host ?? ''} was not found; choose an address of this machine with --host.`
    default:
      return `Cannot listen on ${where}: ${message}.`
  }
}
