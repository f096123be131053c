using Netcd.Client;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl.Invocation;

/// <summary>The flags for TLS to a cluster.</summary>
/// <param name="certificate">The file with our certificate.</param>
/// <param name="key">The file with its key.</param>
/// <param name="authorities">The file with whom we trust.</param>
/// <param name="insecure">Whether there is no TLS where nothing else asks for it.</param>
/// <param name="skipVerify">Whether any certificate will do; null where there is no such flag.</param>
internal sealed class TlsFlags(
    TextFlag certificate, TextFlag key, TextFlag authorities, BooleanFlag insecure, BooleanFlag? skipVerify = null)
{
    private bool SkipsVerify => skipVerify is { Value: true };

    /// <summary>What they ask for; null where that is nothing.</summary>
    /// <param name="endpoints">What is connected to.</param>
    /// <param name="serverName">The name that certificates must have instead of the endpoint's; empty for none.</param>
    public EtcdTlsOptions? Read(IReadOnlyList<string> endpoints, string serverName = "")
    {
        bool isAsked = certificate.Value.Length + key.Value.Length + authorities.Value.Length + serverName.Length > 0 || !insecure.Value;
        bool isSecure = endpoints.Any(static endpoint => endpoint.StartsWith("https:", StringComparison.Ordinal));
        return isAsked || (SkipsVerify && isSecure)
            ? new EtcdTlsOptions
            {
                CaFile = SkipsVerify ? null : NullIfEmpty(authorities.Value),
                CertificateFile = NullIfEmpty(certificate.Value),
                KeyFile = NullIfEmpty(key.Value),
                ServerName = NullIfEmpty(serverName),
                SkipVerify = SkipsVerify,
            }
            : null;
    }

    /// <summary>Checks that no file was named with an empty text.</summary>
    /// <exception cref="CommandFailure">One was.</exception>
    public void Check()
    {
        foreach (TextFlag file in (TextFlag[])[certificate, key, authorities])
        {
            if (file is { IsGiven: true, Value: "" })
            {
                throw new CommandFailure(ExitCodes.BadArguments, $"empty string is passed to --{file.Name} option");
            }
        }
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
