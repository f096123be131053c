namespace Netcd.Client.Connecting;

/// <summary>The members that are called, in turn. Those under suspicion are left out as long as there are others.</summary>
internal sealed class EndpointSet : IDisposable
{
    private readonly EtcdClientOptions options;
    private readonly object change = new();
    private readonly List<Endpoint> retired = [];
    private volatile Endpoint[] endpoints;
    private uint turn;

    public EndpointSet(EtcdClientOptions options)
    {
        this.options = options;
        endpoints = [.. Parse(options.Endpoints).Select(address => new Endpoint(address, options))];
    }

    public IReadOnlyList<Endpoint> All => endpoints;

    /// <summary>The next one, and not the one that has just failed if there is another.</summary>
    public Endpoint Next(Endpoint? failed = null)
    {
        Endpoint[] all = endpoints;
        if (all.Length == 1)
        {
            return all[0];
        }

        uint first = Interlocked.Increment(ref turn);
        Endpoint? second = null;
        for (uint n = 0; n < all.Length; n++)
        {
            Endpoint candidate = all[(first + n) % (uint)all.Length];
            if (candidate == failed)
            {
                continue;
            }

            if (!candidate.IsSuspect)
            {
                return candidate;
            }

            second ??= candidate;
        }

        return second!;
    }

    /// <summary>The one of an address, which need not be among those that are called in turn: then it is closed with the loan.</summary>
    public EndpointLoan Borrow(string address)
    {
        EndpointAddress parsed = EndpointAddress.Parse(address, options.Tls is not null);
        return Array.Find(endpoints, endpoint => endpoint.Address.IsSame(parsed)) is { } known
            ? new EndpointLoan(known, IsOwn: false)
            : new EndpointLoan(new Endpoint(parsed, options), IsOwn: true);
    }

    /// <summary>Calls others from now on. What is under way at one that is left out goes on: it is closed with the others.</summary>
    public void Replace(IEnumerable<string> addresses)
    {
        lock (change)
        {
            Endpoint[] before = endpoints;
            endpoints =
            [
                .. Parse(addresses).Select(address =>
                    Array.Find(before, endpoint => endpoint.Address.IsSame(address)) ?? new Endpoint(address, options)),
            ];
            foreach (Endpoint dropped in before.Except(endpoints))
            {
                dropped.Retire();
                retired.Add(dropped);
            }
        }
    }

    public void Dispose()
    {
        lock (change)
        {
            Array.ForEach(endpoints, static endpoint => endpoint.Dispose());
            retired.ForEach(static endpoint => endpoint.Dispose());
        }
    }

    private IEnumerable<EndpointAddress> Parse(IEnumerable<string> addresses) =>
        addresses.Select(text => EndpointAddress.Parse(text, options.Tls is not null)).DistinctBy(static address => address.Key);
}

/// <summary>An endpoint for a while.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="IsOwn">Whether nobody else uses it.</param>
internal sealed record EndpointLoan(Endpoint Endpoint, bool IsOwn) : IDisposable
{
    public void Dispose()
    {
        if (IsOwn)
        {
            Endpoint.Dispose();
        }
    }
}
