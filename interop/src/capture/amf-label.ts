/** What a recorded AMF0 body is, read only as far as a name for its vector needs. */
export interface AmfLabel {
  /** For a file name: the command, with the transaction it answers or the status it tells. */
  readonly label: string
  readonly command: string
}

const NUMBER = 0
const STRING = 2

function shortString(body: Buffer, at: number): string {
  return body.toString('utf8', at + 2, at + 2 + body.readUInt16BE(at))
}

/** Names a command or data message by its first values; undefined when it does not start with a string. */
export function amfLabel(body: Buffer): AmfLabel | undefined {
  if (body.length < 3 || body[0] !== STRING) return undefined
  const command = shortString(body, 1)
  const next = 3 + Buffer.byteLength(command)
  const name = command.replace(/[^\w.]/g, '')
  if (command === 'onStatus') {
    const text = body.toString('latin1')
    const code = text.indexOf('\0\x04code\x02')
    if (code >= 0) return { command, label: `${name}-${shortString(body, code + 7)}` }
  }
  if (command === '_result' && body.length >= next + 9 && body[next] === NUMBER) {
    const transaction = body.readDoubleBE(next + 1)
    return { command, label: `${name}-${transaction === 1 ? 'connect' : transaction}` }
  }
  return { command, label: name }
}
