namespace Netcd.Client;

/// <summary>What options must be, a sentence for each fault.</summary>
internal static class OptionRules
{
    public static void Check(EtcdClientOptions options)
    {
        Require(options.Endpoints.Count > 0, "no endpoint is given: name at least one, such as http://127.0.0.1:2379");
        foreach (string endpoint in options.Endpoints)
        {
            _ = EndpointAddress.Parse(endpoint, options.Tls is not null);
        }

        CheckCredentials(options);
        CheckTls(options.Tls);
        Require(options.DialTimeout > TimeSpan.Zero, $"DialTimeout must be above zero, not {options.DialTimeout}");
        Require(
            options.CallTimeout > TimeSpan.Zero || options.CallTimeout == Timeout.InfiniteTimeSpan,
            $"CallTimeout must be above zero, or infinite (-00:00:00.001), not {options.CallTimeout}");
        Require(options.KeepAliveTime >= TimeSpan.FromSeconds(1), $"KeepAliveTime must be at least a second, not {options.KeepAliveTime}");
        Require(
            options.KeepAliveTimeout >= TimeSpan.FromSeconds(1),
            $"KeepAliveTimeout must be at least a second, not {options.KeepAliveTimeout}");
        Require(options.MaxRetries >= 0, $"MaxRetries must not be negative, as {options.MaxRetries} is");
        Require(options.RetryBackoff >= TimeSpan.Zero, $"RetryBackoff must not be negative, as {options.RetryBackoff} is");
        Require(options.RetryJitter is >= 0 and <= 1, $"RetryJitter must be between 0 and 1, not {options.RetryJitter}");
        Require(options.MaxSendBytes > 0, $"MaxSendBytes must be above zero, not {options.MaxSendBytes}");
        Require(options.MaxReceiveBytes > 0, $"MaxReceiveBytes must be above zero, not {options.MaxReceiveBytes}");
    }

    private static void CheckCredentials(EtcdClientOptions options)
    {
        bool hasPassword = options.Password is not null || options.PasswordFile is not null;
        Require(options.UserName != "", "UserName is empty: leave it out, or name a user");
        Require(options.UserName is null || hasPassword, $"user {options.UserName} has no password: set Password or PasswordFile");
        Require(options.UserName is not null || !hasPassword, "a password is given, but no user: set UserName");
        Require(options.Password is null || options.PasswordFile is null, "Password and PasswordFile are both set: choose one");
        Require(options.Token is null || options.TokenFile is null, "Token and TokenFile are both set: choose one");
        Require(
            options.UserName is null || (options.Token is null && options.TokenFile is null),
            "a user and a token are both set: choose one of the ways to authenticate");
    }

    private static void CheckTls(EtcdTlsOptions? tls)
    {
        if (tls is null)
        {
            return;
        }

        Require((tls.CertificateFile is null) == (tls.KeyFile is null), "Tls.CertificateFile and Tls.KeyFile must be set both, or neither");
        foreach (string file in new[] { tls.CaFile, tls.CertificateFile, tls.KeyFile }.OfType<string>())
        {
            Require(File.Exists(file), $"TLS file {file} does not exist");
        }

        Require(!tls.SkipVerify || tls.CaFile is null, "Tls.SkipVerify and Tls.CaFile are both set: an authority that is not asked");
    }

    private static void Require(bool isSo, string otherwise)
    {
        if (!isSo)
        {
            throw new ArgumentException(otherwise);
        }
    }
}
