/**
 * The messages of a model call, as they were sent.
 */
import { isRecord } from '../api/client.ts'
import { Json, Value } from './value.tsx'

export function Messages({ messages }: { readonly messages: readonly unknown[] }): React.JSX.Element {
  return (
    <ol className="messages">
      {messages.map((message, index) => {
        const role = isRecord(message) && typeof message['role'] === 'string' ? message['role'] : 'message'
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: recorded messages do not change their order.
          <li key={index} className={`message message-${role}`}>
            <span className="message-role">{role}</span>
            <Content content={isRecord(message) ? message['content'] : message} />
          </li>
        )
      })}
    </ol>
  )
}

function Content({ content }: { readonly content: unknown }): React.JSX.Element {
  const parts = Array.isArray(content) ? content : [content]
  return (
    <div className="message-content">
      {parts.map((part: unknown, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: recorded parts do not change their order.
        <Part key={index} part={part} />
      ))}
    </div>
  )
}

function Part({ part }: { readonly part: unknown }): React.JSX.Element {
  if (typeof part === 'string') return <Value value={part} />
  if (!isRecord(part)) return <Json value={part} />
  if (typeof part['text'] === 'string') return <Value value={part['text']} />
  if (part['type'] === 'tool-call')
    return (
      <div>
        <span className="muted">asks for {String(part['toolName'])}</span>
        <Json value={part['input']} />
      </div>
    )
  return <Json value={part} />
}
