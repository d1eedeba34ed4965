import { isDecodeError } from '@rtmp/bytes'
import type { Amf0Plain } from '@rtmp/amf0'
import type { MediaMessage } from '@rtmp/e-rtmp'

/** The properties of an onMetaData; none where they cannot be read. */
export const propertiesOf = (metadata: MediaMessage | undefined): Record<string, Amf0Plain> => {
  if (metadata === undefined) return {}
  try {
    const [properties] = metadata.values
    return typeof properties === 'object' && properties !== null && !Array.isArray(properties)
      ? { ...(properties as Record<string, Amf0Plain>) }
      : {}
  } catch (error) {
    if (isDecodeError(error)) return {}
    throw error
  }
}
