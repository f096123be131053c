using Microsoft.AspNetCore.Http.Features;

namespace Netcd.Server.EngineAccess;

/// <summary>Who makes a call, as far as its transport knows.</summary>
/// <param name="Token">What it was given when it logged in; null for none.</param>
/// <param name="Transport">Knows the connection, which is looked for only where it matters; null for this program itself.</param>
/// <param name="IsGateway">Whether it came as JSON. As in etcd a certificate does not name the user of such a call.</param>
public readonly record struct Caller(string? Token, IFeatureCollection? Transport, bool IsGateway = false)
{
    /// <summary>Where it comes from; null where nobody knows.</summary>
    public CallerConnection? Connection => Transport?.Get<CallerConnection>();

    /// <summary>The same caller for what outlives its request: a transport uses its own things again.</summary>
    public Caller Kept()
    {
        FeatureCollection kept = new();
        kept.Set(Connection);
        return this with { Transport = kept };
    }
}

/// <summary>A client's connection.</summary>
public abstract class CallerConnection
{
    /// <summary>The other side's address and port.</summary>
    public abstract string Address { get; }

    /// <summary>The address alone.</summary>
    public abstract string Host { get; }

    /// <summary>The common name of the certificate that the client has shown and that was found to be good; null for none.</summary>
    public abstract string? CommonName { get; }
}
