/** A URL for logs: user, password, stream name and query are replaced, since each of them can be a secret. */
export const redactUrl = (url: string): string => {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#@]*@)?([^/?#]*)([^?#]*)/i.exec(url.trim())
  if (match === null) return '…'
  const [, scheme = '', host = '', path = ''] = match
  const slash = path.lastIndexOf('/')
  return `${scheme}${host}${path.slice(0, slash + 1)}…`
}
