import type { Claim, Owner } from './directory.ts'
import { DirectoryError } from './errors.ts'

const MAX_PATH = 1024
const MAX_ID = 128
const MAX_ADDRESS = 1024

const requireLength = (value: unknown, minimum: number, maximum: number, field: string): void => {
  if (typeof value === 'string' && value.length >= minimum && value.length <= maximum) return
  const found = typeof value === 'string' ? `${value.length} characters` : typeof value
  throw new DirectoryError(
    'DIRECTORY_FIELD',
    `${field} is a text of ${minimum} to ${maximum} characters, not ${found}`,
  )
}

/** @throws DirectoryError `DIRECTORY_FIELD` */
export const requirePath = (path: string): void => requireLength(path, 1, MAX_PATH, 'path')

/** @throws DirectoryError `DIRECTORY_FIELD` */
export const requireOwner = (owner: Owner): void => {
  requireLength(owner.id, 1, MAX_ID, 'owner.id')
  requireLength(owner.address, 0, MAX_ADDRESS, 'owner.address')
}

/** @throws DirectoryError `DIRECTORY_FIELD` */
export const requireClaim = (claim: Claim): void => {
  requirePath(claim.path)
  requireOwner(claim.owner)
  requireLength(claim.token, 1, MAX_ID * 2, 'claim.token')
  requireInteger(claim.fence, 0, Number.MAX_SAFE_INTEGER, 'claim.fence')
}

/** @throws DirectoryError `DIRECTORY_FIELD` */
export const requireInteger = (value: number, minimum: number, maximum: number, field: string): void => {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return
  throw new DirectoryError(
    'DIRECTORY_FIELD',
    `${field} is an integer from ${minimum} to ${maximum}, not ${value}`,
  )
}
