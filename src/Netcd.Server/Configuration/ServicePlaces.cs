namespace Netcd.Server.Configuration;

/// <summary>Where services are, as the name servers of this machine say.</summary>
public static class ServicePlaces
{
    /// <summary>Looks a service up.</summary>
    /// <param name="service">The service, without underscore.</param>
    /// <param name="domain">Its domain.</param>
    /// <returns>Each place as <c>host:port</c>, those to be tried first at the front; or why there are none.</returns>
    public static (IReadOnlyList<string> Places, string? Fault) Find(string service, string domain)
    {
        Dictionary<string, string> environment = new()
        {
            [SrvRecords.ServerVariable] = Environment.GetEnvironmentVariable(SrvRecords.ServerVariable) ?? "",
        };
        try
        {
            return ([.. new SrvRecords(environment).Find(service, domain).Select(SrvRecords.PlaceOf)], null);
        }
        catch (Exception failure) when (failure is SrvException or ConfigurationException)
        {
            return ([], failure.Message);
        }
    }
}
