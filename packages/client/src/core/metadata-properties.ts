import type { Amf0Plain } from '@rtmp/amf0'
import { isDecodeError } from '@rtmp/bytes'
import type { MediaMessage } from '@rtmp/e-rtmp'

/** The properties of an onMetaData; none where they cannot be read. */
export const metadataProperties = (message: MediaMessage): Readonly<Record<string, Amf0Plain>> => {
  try {
    const [properties] = message.values
    return typeof properties === 'object' && properties !== null && !Array.isArray(properties)
      ? { ...(properties as Record<string, Amf0Plain>) }
      : {}
  } catch (error) {
    if (isDecodeError(error)) return {}
    throw error
  }
}
