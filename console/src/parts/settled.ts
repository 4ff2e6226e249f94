/**
 * What is typed, once nobody has typed for a moment.
 */
import { useEffect, useState } from 'react'

export const TYPING_MS = 250

/** The same value again must be the same object. */
export function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), TYPING_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
