import { utf8Length } from '@rtmp/bytes'

/** Whether a name fits into `maxBytes` of UTF-8 and holds no control characters. */
export const isSoundName = (name: string, maxBytes: number): boolean => {
  if (name.length > maxBytes || utf8Length(name) > maxBytes) return false
  for (let at = 0; at < name.length; at++) {
    const unit = name.charCodeAt(at)
    if (unit < 0x20 || unit === 0x7f) return false
  }
  return true
}
