namespace Netcd.Server.Auth;

/// <summary><c>--auth-token</c> is such that the server cannot start. The message is what etcd ends with.</summary>
internal sealed class TokenOptionsException(string message, string reason) : Exception(message)
{
    /// <summary>What etcd ends with for most mistakes.</summary>
    public const string InvalidOptions = "auth: invalid auth options";

    public TokenOptionsException(string message)
        : this(message, message)
    {
    }

    /// <summary>What is wrong, for the log.</summary>
    public string Reason { get; } = reason;

    public static TokenOptionsException Invalid(string reason) => new(InvalidOptions, reason);
}
