using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl.Invocation;

/// <summary>The flags that have endpoints looked up in DNS.</summary>
internal sealed class DiscoveryFlags
{
    private const string Service = "etcd-client";

    private readonly TextFlag domain = new("discovery-srv", "domain name to query for SRV records describing cluster endpoints")
    {
        Shorthand = 'd',
    };

    private readonly TextFlag name = new("discovery-srv-name", "service name to query when using DNS discovery");

    private readonly BooleanFlag takesInsecure =
        new("insecure-discovery", "accept insecure SRV records describing cluster endpoints", true);

    public IReadOnlyList<CommandFlag> All => [domain, name, takesInsecure];

    /// <summary>The name that certificates must have: DNS may have been lied to us, but not the domain that was asked for.</summary>
    public string ServerName => takesInsecure.Value ? "" : domain.Value;

    /// <summary>The endpoints that DNS names, those with TLS first; none where nobody asked for them.</summary>
    /// <param name="lookup">Asks DNS.</param>
    /// <param name="errors">Is told of endpoints that are left out.</param>
    /// <exception cref="CommandFailure">DNS names none.</exception>
    public IReadOnlyList<string> Find(ServiceLookup lookup, TextWriter errors)
    {
        if (domain.Value.Length == 0)
        {
            return [];
        }

        string ending = name.Value.Length > 0 ? "-" + name.Value : "";
        ServiceRecords secure = lookup(Service + "-ssl" + ending, domain.Value), plain = lookup(Service + ending, domain.Value);
        if (secure.Fault is not null && plain.Fault is not null)
        {
            throw new CommandFailure(ExitCodes.Failure, $"dns lookup errors: {secure.Fault} and {plain.Fault}");
        }

        string[] insecure = [.. plain.Places.Select(static place => "http://" + place)];
        foreach (string endpoint in takesInsecure.Value ? [] : insecure)
        {
            errors.WriteLine($"ignoring discovered insecure endpoint {GoText.Quote(endpoint)}");
        }

        return [.. secure.Places.Select(static place => "https://" + place), .. takesInsecure.Value ? insecure : []];
    }
}
