/** Says in one sentence why a port could not be listened on, and what to do. */
export const explainListenFailure = (error: unknown, port: number, host: string | undefined): string => {
  const code = (error as { code?: unknown } | undefined)?.code
  const where = host === undefined ? `port ${port}` : `port ${port} of ${host}`
  switch (code) {
    case 'EADDRINUSE':
      return `Another program listens on ${where} already; stop it, or choose another port with --rtmp-port.`
    case 'EACCES':
    case 'EPERM':
      return `This user may not listen on ${where}; choose a port above 1023 with --rtmp-port.`
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${host ?? ''}; choose another one with --host.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${host ?? ''} was not found; choose an address of this machine with --host.`
    default:
      return `Cannot listen on ${where}: ${error instanceof Error ? error.message : String(error)}.`
  }
}
