using Netcd.Engine.Membership;

namespace Netcd.Server.Configuration;

/// <summary>What URLs must be for their purpose.</summary>
internal static class UrlChecks
{
    /// <summary>URLs to listen on name an address or localhost: a name could mean another machine.</summary>
    /// <exception cref="ConfigurationException">One does not.</exception>
    public static void RequireAddresses(IReadOnlyList<MemberUrl> urls)
    {
        if (urls.FirstOrDefault(url => !url.IsUnixSocket && !url.HasAddress) is { } wrong)
        {
            throw new ConfigurationException($"expected IP in URL for binding ({wrong.Text})");
        }
    }

    /// <summary>URLs that are advertised name a host and a port, also where they mean a socket of that name.</summary>
    /// <exception cref="ConfigurationException">One does not.</exception>
    public static void RequireHosts(string flag, IReadOnlyList<MemberUrl> urls)
    {
        if (urls.Select(Fault).FirstOrDefault(static fault => fault is not null) is { } wrong)
        {
            string all = string.Join(',', urls.Select(url => url.Text));
            throw new ConfigurationException($"--{flag} \"{all}\" must be \"host:port\" ({wrong})");
        }
    }

    /// <summary>Members are reached at sockets whose names look like hosts with ports, as in etcd: a path has no place in their
    /// URLs.</summary>
    /// <exception cref="ConfigurationException">One has a path.</exception>
    public static void RequireSocketNames(string flag, IReadOnlyList<MemberUrl> urls)
    {
        if (urls.FirstOrDefault(static url => url.IsUnixSocket && (url.Port.Length == 0 || url.Text.EndsWith('/'))) is { } wrong)
        {
            throw new ConfigurationException($"--{flag} has {wrong.Text}: a socket between members is called unix://host:port");
        }
    }

    /// <summary>A port is for HTTP alone or for gRPC alone where there are such ports.</summary>
    /// <exception cref="ConfigurationException">One is to be both.</exception>
    public static void RequirePortsOfTheirOwn(IReadOnlyList<MemberUrl> http, IReadOnlyList<MemberUrl> others)
    {
        if (http.FirstOrDefault(url => others.Any(other => Address(other) == Address(url))) is { } shared)
        {
            throw new ConfigurationException(
                $"cannot bind both --client-listen-urls and --client-listen-http-urls on the same url {shared.Text}");
        }

        static string Address(MemberUrl url) => url.Text[url.Text.IndexOf("://", StringComparison.Ordinal)..];
    }

    private static string? Fault(MemberUrl url)
    {
        if (url.IsUnixSocket && url.Port.Length == 0)
        {
            return url.Host.Length == 0 ? "missing port in address" : $"address {url.Host}: missing port in address";
        }

        return url.Host.Length == 0 ? $"unexpected empty host ({url.Text})" : null;
    }
}
