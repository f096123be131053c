using System.Globalization;
using Microsoft.Extensions.Logging;
using Netcd.Raft;

namespace Netcd.Engine.Node.Peers;

/// <summary>Reports messages that were refused, and not each of them: whoever sends such a message sends many. For any thread.</summary>
internal sealed class RefusedMessages(ILogger log)
{
    private long refused;
    private long nextLine = long.MinValue;

    /// <summary>What is told of every message, for the simulation's checkers.</summary>
    public Action<Message, Reception, string?>? Observer { get; set; }

    /// <summary>A message was received.</summary>
    /// <param name="message">The message.</param>
    /// <param name="reception">What became of it.</param>
    /// <param name="fault">Why it cannot be.</param>
    /// <param name="nowMilliseconds">The time on any one clock.</param>
    public void Received(Message message, Reception reception, string? fault, long nowMilliseconds)
    {
        Observer?.Invoke(message, reception, fault);
        if (reception == Reception.Taken)
        {
            return;
        }

        Interlocked.Increment(ref refused);
        long next = Interlocked.Read(ref nextLine);
        if (nowMilliseconds < next
            || Interlocked.CompareExchange(ref nextLine, nowMilliseconds + Limits.RefusalLogMilliseconds, next) != next)
        {
            return;
        }

        string from = message.From.ToString("x", CultureInfo.InvariantCulture);
        long count = Interlocked.Exchange(ref refused, 0);
        if (reception == Reception.Impossible)
        {
            log.LogError("refused {Type} of {From}, which no member sends: {Fault} ({Count} messages refused)", message.Type, from, fault, count);
        }
        else
        {
            log.LogWarning("refused {Type} of {From}, which is not known as a member ({Count} messages refused)", message.Type, from, count);
        }
    }
}
