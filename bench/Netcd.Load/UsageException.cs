namespace Netcd.Load;

/// <summary>The command line asks for what does not exist.</summary>
internal sealed class UsageException(string message) : Exception(message);
