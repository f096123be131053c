namespace Netcd.Tools.CommandLine;

/// <summary>Asks DNS where a service is.</summary>
/// <param name="service">The service, without underscore.</param>
/// <param name="domain">Its domain.</param>
public delegate ServiceRecords ServiceLookup(string service, string domain);

/// <summary>What DNS says of a service.</summary>
/// <param name="Places">Each as <c>host:port</c>, those to be tried first at the front.</param>
/// <param name="Fault">Why there are none, or null.</param>
public sealed record ServiceRecords(IReadOnlyList<string> Places, string? Fault = null);
