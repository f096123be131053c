namespace Netcd.Server.Peers.Serving;

/// <summary>The bytes of all bodies together that are being received. For any thread.</summary>
internal sealed class BodyBudget(long limit)
{
    private long taken;

    /// <summary>Begins with a body.</summary>
    public Share Begin() => new(this);

    /// <summary>What one body has of it; given back when it is disposed.</summary>
    public sealed class Share(BodyBudget budget) : IDisposable
    {
        private long held;

        /// <summary>Takes memory for a body.</summary>
        /// <exception cref="BodyBudgetException">All bodies together take too much.</exception>
        public void Take(long bytes)
        {
            if (Interlocked.Add(ref budget.taken, bytes) > budget.limit)
            {
                Interlocked.Add(ref budget.taken, -bytes);
                throw new BodyBudgetException();
            }

            held += bytes;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Interlocked.Add(ref budget.taken, -held);
            held = 0;
        }
    }

    private readonly long limit = limit;
}

/// <summary>Too many bytes are being received at a time.</summary>
internal sealed class BodyBudgetException() : IOException("too many bytes are being received at a time");
