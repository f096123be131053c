namespace Netcd.Server.Discovery;

/// <summary>The cluster that knows the members of a new one did not answer, or refused.</summary>
internal sealed class RegistryException : Exception
{
    public RegistryException(string message)
        : base(message)
    {
    }

    public RegistryException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
