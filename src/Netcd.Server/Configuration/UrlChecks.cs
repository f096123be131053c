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

    /// <summary>URLs that are advertised name a host.</summary>
    /// <exception cref="ConfigurationException">One does not.</exception>
    public static void RequireHosts(string flag, IReadOnlyList<MemberUrl> urls)
    {
        if (urls.FirstOrDefault(url => url.Host.Length == 0) is { } wrong)
        {
            string all = string.Join(',', urls.Select(url => url.Text));
            throw new ConfigurationException($"--{flag} \"{all}\" must be \"host:port\" (unexpected empty host ({wrong.Text}))");
        }
    }

    /// <summary>Without Unix sockets a URL that asks for one must not be served in another way.</summary>
    /// <exception cref="ConfigurationException">One asks for it.</exception>
    public static void RefuseUnsupported(string flag, IReadOnlyList<MemberUrl> urls)
    {
        if (urls.FirstOrDefault(url => url.IsUnixSocket) is { } wrong)
        {
            throw new ConfigurationException(
                $"--{flag} has {wrong.Text}: netcd does not support Unix sockets yet, use http:// or https://");
        }
    }
}
