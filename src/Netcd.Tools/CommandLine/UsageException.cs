namespace Netcd.Tools.CommandLine;

/// <summary>A command line cannot be read; the message is that of etcd's tools.</summary>
internal sealed class UsageException(string message) : Exception(message);
